// The settings of every stage for one request: its options override the bundle's preset.
import { type BundleSpec, type Preset, priorsOf, type Sampling, sizesOf } from "../bundle/spec.ts";
import { invalidRequest } from "../errors.ts";
import type { DrawingOptions, PriorName, PriorOptions, SamplerName } from "../request.ts";
import { checkSupported } from "../supported.ts";

export type PipelineRequest = DrawingOptions & PriorOptions & { readonly sampler?: SamplerName };

export type Settings = {
  readonly size: number;
  readonly prior: { readonly name: PriorName } & Pick<Preset, "autoregressive"> & {
      readonly diffusion: Preset["prior"];
    };
  readonly decoder: Preset["decoder"];
  /** By the size that the upsampler leads to. */
  readonly upsamplers: ReadonlyMap<number, Sampling>;
};

/** Throws INVALID_REQUEST for a size or a prior that the bundle lacks, and for more steps than a schedule has. */
export function resolveSettings(spec: BundleSpec, request: PipelineRequest): Settings {
  const preset = spec.presets[request.preset];
  const priors = priorsOf(spec);
  checkSupported(request, [{ name: spec.name, sizes: sizesOf(spec), priors }]);
  const diffusion = preset.prior && {
    ...preset.prior,
    steps: within("priorSteps", request.priorSteps, spec.prior.diffusion!.schedule.steps) ?? preset.prior.steps,
    guidance: request.priorGuidance ?? preset.prior.guidance,
    priorSamples: request.priorSamples ?? preset.prior.priorSamples,
  };
  const autoregressive = preset.autoregressive && {
    ...preset.autoregressive,
    guidance: request.priorGuidance ?? preset.autoregressive.guidance,
    priorSamples: request.priorSamples ?? preset.autoregressive.priorSamples,
  };
  return {
    size: request.size,
    prior: { name: request.prior ?? priors[0]!, diffusion, autoregressive },
    decoder: {
      sampler: request.sampler ?? preset.decoder.sampler,
      steps: within("steps", request.steps, spec.decoder.schedule.steps) ?? preset.decoder.steps,
      guidance: request.guidance ?? preset.decoder.guidance,
    },
    upsamplers: new Map(spec.upsamplers.map(({ to }, index) => [to, preset.upsamplers[index]!])),
  };
}

function within(field: string, steps: number | undefined, most: number): number | undefined {
  if (steps !== undefined && steps > most)
    throw invalidRequest(field, `must be at most ${most} with this bundle, not ${steps}`);
  return steps;
}
