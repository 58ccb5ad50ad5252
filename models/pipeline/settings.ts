// The settings of every stage for one request: its options override the bundle's preset.
import type { Preset, Sampling } from "../bundle/presets.ts";
import { priorsOf } from "../bundle/prior.ts";
import type { SchedulerSpec } from "../bundle/scheduler.ts";
import { type BundleSpec, sizesOf } from "../bundle/spec.ts";
import { invalidRequest } from "../errors.ts";
import type { DrawingOptions, EmbeddingOptions, PriorName, PriorOptions, SamplerName } from "../request.ts";
import { checkSupported } from "../supported.ts";
import { decoderSteps, type PricedRequest } from "../work.ts";

export type PipelineRequest = DrawingOptions &
  PriorOptions &
  Pick<EmbeddingOptions, "negativePrompt"> &
  Pick<PricedRequest, "image" | "between" | "dimensions"> & { readonly sampler?: SamplerName };

export type Settings = {
  readonly size: number;
  /** Size of the decoder's pictures, which upsamplers enlarge to `size`. */
  readonly decoderSize: number;
  /** Captions are used verbatim. */
  readonly literal: boolean;
  readonly prior: { readonly name: PriorName } & Preset["prior"];
  readonly decoder: Sampling & { readonly guidance: number };
  /** By the size that the upsampler leads to. */
  readonly upsamplers: ReadonlyMap<number, Sampling>;
};

/** Throws INVALID_REQUEST for a size or a prior that the bundle lacks, and for more steps than a schedule has. */
export function resolveSettings(spec: BundleSpec, request: PipelineRequest): Settings {
  const preset = spec.presets[request.preset];
  const priors = priorsOf(spec.prior);
  checkSupported(request, [{ name: spec.name, sizes: sizesOf(spec), priors, dimensions: spec.clip.dimensions }]);
  const { diffusion, autoregressive, direct } = preset.prior;
  const guided = <Options extends { readonly guidance: number; readonly priorSamples: number }>(options: Options) => ({
    ...options,
    guidance: request.priorGuidance ?? options.guidance,
    priorSamples: request.priorSamples ?? options.priorSamples,
  });
  const { sizes } = spec.decoder;
  const settings: Settings = {
    size: request.size,
    decoderSize: sizes.includes(request.size) ? request.size : sizes[0]!,
    literal: request.literal ?? false,
    prior: {
      name: request.prior ?? priors[0]!,
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
    },
    upsamplers: new Map(spec.upsamplers.map(({ to }, index) => [to, preset.upsamplers[index]!])),
  };
  if (request.negativePrompt !== undefined && !isGuided(settings)) {
    throw invalidRequest("negativePrompt", "needs guidance, whose scale is 1 in the decoder and in the prior");
  }
  return settings;
}

function isGuided({ decoder, prior: { name, diffusion, autoregressive } }: Settings): boolean {
  const prior = { diffusion, autoregressive, direct: undefined }[name];
  return decoder.guidance !== 1 || (prior !== undefined && prior.guidance !== 1);
}

function within(field: string, steps: number, { numTrainTimesteps: most }: SchedulerSpec): number {
  if (steps > most) throw invalidRequest(field, `must be at most ${most} with this bundle, not ${steps}`);
  return steps;
}
