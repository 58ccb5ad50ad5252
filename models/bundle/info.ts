// The public description of a bundle, from its bundle.json.
import { createHash } from "node:crypto";
import { PRESETS, PRIORS, type PresetName } from "../request.ts";
import type { Info, PresetInfo } from "../types.ts";
import { capabilitiesOf } from "./capabilities.ts";
import { priorsOf } from "./prior.ts";
import { type BundleSpec, filesOf, sizesOf } from "./spec.ts";

export function createInfo(spec: BundleSpec): Info {
  const { name, version, licence, attribution, clip, tokenizer, files } = spec;
  return {
    name,
    version,
    licence,
    attribution,
    clip: clipDigest(spec),
    dimensions: clip.dimensions,
    contextLength: tokenizer.contextLength,
    sizes: sizesOf(spec),
    defaultSize: spec.defaultSize,
    priors: priorsOf(spec.prior),
    capabilities: capabilitiesOf(spec),
    presets: presetInfos(spec),
    scenes: spec.scenes !== undefined && spec.scenes.relations.length > 0,
    attributes: (spec.scenes?.attributes ?? []).map(({ noun, values }) => ({
      name: noun,
      values: [...values].map(([name, phrase]) => ({ name, phrase })),
    })),
    bytes: Object.values(files).reduce((total, { bytes }) => total + bytes, 0),
  };
}

/** The steps of each preset. */
function presetInfos({ prior, presets, upsamplers }: BundleSpec): Info["presets"] {
  const steps = PRESETS.map((name): [PresetName, PresetInfo] => {
    const preset = presets[name];
    const samplings = {
      diffusion: preset.prior.diffusion,
      autoregressive: preset.prior.autoregressive && {
        ...preset.prior.autoregressive,
        steps: prior.autoregressive!.coefficients,
      },
      direct: preset.prior.direct && { ...preset.prior.direct, steps: 1 },
    };
    return [
      name,
      {
        steps: preset.decoder.steps,
        inversionSteps: preset.decoder.inversionSteps,
        priors: PRIORS.flatMap((name) => {
          const sampling = samplings[name];
          return sampling === undefined ? [] : { name, steps: sampling.steps, samples: sampling.priorSamples };
        }),
        upsamplers: upsamplers.map(({ to }, i) => ({ size: to, steps: preset.upsamplers[i]!.steps })),
      },
    ];
  });
  return Object.fromEntries(steps) as Info["presets"];
}

/** A digest of everything that this CLIP's embeddings depend on. Bundles with other priors or decoders may share it. */
function clipDigest({ clip, tokenizer, files }: BundleSpec): string {
  const { size, mean, std } = clip.image ?? {};
  const networks = [clip.text, clip.image].flatMap((network) => (network ? filesOf(files, network.file) : []));
  const digests = [...networks, tokenizer.vocab, tokenizer.merges].map((file) => files[file]!.sha256);
  const numbers = [clip.normalise, size, mean, std, tokenizer.contextLength, tokenizer.padId];
  return createHash("sha256")
    .update(JSON.stringify([digests, numbers]))
    .digest("hex");
}
