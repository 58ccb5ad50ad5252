// `presets` in bundle.json: sampler, steps and guidance of each stage.
import { AT_LEAST_ONE, AT_LEAST_ZERO, type Fields } from "../fields.ts";
import { PRESETS, type PresetName, SAMPLERS, type SamplerName } from "../request.ts";
import type { UpsamplerSpec } from "./decoder.ts";
import { type PriorSpec, priorsOf } from "./prior.ts";

const STEPS = { min: 2, max: 1000 };

export type Sampling = { readonly sampler: SamplerName; readonly steps: number };

export type Preset = {
  /** Of each prior that the bundle has. */
  readonly prior: {
    readonly diffusion?: (Sampling & { readonly guidance: number; readonly priorSamples: number }) | undefined;
    readonly autoregressive?:
      | { readonly guidance: number; readonly temperature: number; readonly priorSamples: number }
      | undefined;
    readonly direct?: { readonly priorSamples: number } | undefined;
  };
  /** `inversionSteps`: of a picture that is inverted, and of what is drawn from it. */
  readonly decoder: Sampling & { readonly inversionSteps: number; readonly guidance: number };
  readonly upsamplers: readonly Sampling[];
};

type Stages = { readonly prior: PriorSpec; readonly upsamplers: readonly UpsamplerSpec[] };

export function readPresets(fields: Fields, stages: Stages): Readonly<Record<PresetName, Preset>> {
  const presets = PRESETS.map((name) => [name, readPreset(fields.object(name), stages)] as const);
  return Object.fromEntries(presets) as Record<PresetName, Preset>;
}

function readPreset(fields: Fields, { prior, upsamplers: { length: upsamplers } }: Stages): Preset {
  const guidance = (from: Fields) => from.number("guidance", AT_LEAST_ZERO);
  const priorSamples = (from: Fields) => from.integer("priorSamples", AT_LEAST_ONE);
  const decoder = fields.object("decoder");
  const of = (name: keyof PriorSpec) =>
    prior[name] === undefined ? undefined : fields.object("prior").only(priorsOf(prior)).object(name);
  const [diffusion, autoregressive, direct] = [of("diffusion"), of("autoregressive"), of("direct")];
  const decoding = readSampling(decoder);
  const inversionSteps = decoder.maybe("inversionSteps", (key) => decoder.integer(key, STEPS));
  return {
    prior: {
      diffusion: diffusion && {
        ...readSampling(diffusion),
        guidance: guidance(diffusion),
        priorSamples: priorSamples(diffusion),
      },
      autoregressive: autoregressive && {
        guidance: guidance(autoregressive),
        temperature: autoregressive.number("temperature", { min: 0.01, max: 10 }),
        priorSamples: priorSamples(autoregressive),
      },
      direct: direct && { priorSamples: priorSamples(direct) },
    },
    decoder: { ...decoding, inversionSteps: inversionSteps ?? decoding.steps, guidance: guidance(decoder) },
    upsamplers: fields.list("upsamplers", { min: upsamplers, max: upsamplers }, (items, item) =>
      readSampling(items.object(item)),
    ),
  };
}

function readSampling(fields: Fields): Sampling {
  return {
    sampler: fields.choice("sampler", SAMPLERS),
    steps: fields.integer("steps", STEPS),
  };
}
