// The settings of every stage for one request: its options override the bundle's preset.
import { capabilitiesOf } from "../bundle/capabilities.ts";
import { readsText } from "../bundle/decoder.ts";
import type { Preset, Sampling } from "../bundle/presets.ts";
import { priorsOf } from "../bundle/prior.ts";
import type { SchedulerSpec } from "../bundle/scheduler.ts";
import { type BundleSpec, sizesOf } from "../bundle/spec.ts";
import { LEAST_NOISE } from "../decoder/noise-augmentation.ts";
import { invalidRequest } from "../errors.ts";
import type { DrawingOptions, EmbeddingOptions, PriorName, PriorOptions, SamplerName } from "../request.ts";
import { type Checked, checkSupported } from "../supported.ts";
import { decoderSteps, type PricedRequest } from "../work.ts";

export type PipelineRequest = Checked &
  DrawingOptions &
  PriorOptions &
  Pick<EmbeddingOptions, "negativePrompt" | "embeddingNoise"> &
  Pick<PricedRequest, "image" | "between" | "dimensions"> & { readonly sampler?: SamplerName };

export type Settings = {
  readonly size: number;
  /** Size of the decoder's pictures, which upsamplers enlarge to `size`. */
  readonly decoderSize: number;
  /** Captions are used verbatim. */
  readonly literal: boolean;
  /** Without a name the bundle has none. */
  readonly prior: { readonly name: PriorName | undefined } & Preset["prior"];
  /** `noiseLevel`: of the noise on z_i, where the decoder knows such noise. */
  readonly decoder: Sampling & { readonly guidance: number; readonly noiseLevel: number };
  /** By the size that the upsampler leads to. */
  readonly upsamplers: ReadonlyMap<number, Sampling>;
};

/** Throws INVALID_REQUEST for what the bundle lacks, and for more steps than a schedule has. */
export function resolveSettings(spec: BundleSpec, request: PipelineRequest): Settings {
  const preset = spec.presets[request.preset];
  const priors = priorsOf(spec.prior);
  const { name, clip } = spec;
  const { dimensions } = clip;
  checkSupported(request, [{ name, sizes: sizesOf(spec), priors, capabilities: capabilitiesOf(spec), dimensions }]);
  const { diffusion, autoregressive, direct } = preset.prior;
  const guided = <Options extends { readonly guidance: number; readonly priorSamples: number }>(options: Options) => ({
    ...options,
    guidance: request.priorGuidance ?? options.guidance,
    priorSamples: request.priorSamples ?? options.priorSamples,
  });
  const { size = spec.defaultSize } = request;
  const { sizes } = spec.decoder;
  const settings: Settings = {
    size,
    decoderSize: sizes.includes(size) ? size : sizes[0]!,
    literal: request.literal ?? false,
    prior: {
      name: request.prior ?? priors[0],
      diffusion: diffusion && {
        ...guided(diffusion),
        steps: within("priorSteps", request.priorSteps ?? diffusion.steps, spec.prior.diffusion!.scheduler),
      },
      autoregressive: autoregressive && guided(autoregressive),
      direct: direct && { priorSamples: request.priorSamples ?? direct.priorSamples },
    },
    decoder: {
      sampler: request.sampler ?? preset.decoder.sampler,
      steps: within("steps", decoderSteps(request, preset.decoder), spec.decoder.scheduler),
      guidance: request.guidance ?? preset.decoder.guidance,
      noiseLevel: noiseLevel(spec.decoder, request.embeddingNoise),
    },
    upsamplers: new Map(spec.upsamplers.map(({ to }, index) => [to, preset.upsamplers[index]!])),
  };
  if (request.negativePrompt !== undefined && priors.length === 0 && !readsText(spec.decoder.network)) {
    throw invalidRequest("negativePrompt", `needs a prior or a decoder that reads text, and ${spec.name} has neither`);
  }
  if (request.negativePrompt !== undefined && !isGuided(settings)) {
    throw invalidRequest("negativePrompt", "needs guidance, whose scale is 1 in the decoder and in the prior");
  }
  return settings;
}

/** The share of the noise as one of the levels that the decoder was trained with. */
function noiseLevel({ noiseAugmentation }: BundleSpec["decoder"], share = 0): number {
  return noiseAugmentation === undefined ? LEAST_NOISE : Math.round(share * (noiseAugmentation.numTrainTimesteps - 1));
}

function isGuided({ decoder, prior: { name, diffusion, autoregressive } }: Settings): boolean {
  const prior = name && { diffusion, autoregressive, direct: undefined }[name];
  return decoder.guidance !== 1 || (prior !== undefined && prior.guidance !== 1);
}

function within(field: string, steps: number, { numTrainTimesteps: most }: SchedulerSpec): number {
  if (steps > most) throw invalidRequest(field, `must be at most ${most} with this bundle, not ${steps}`);
  return steps;
}
