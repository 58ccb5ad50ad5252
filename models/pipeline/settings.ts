// A request's options over its preset: presets are data of the bundle, and what the request names wins.
import type { BundleSpec, Preset, Sampling } from "../bundle/spec.ts";
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
  /** By the size each leads to. */
  readonly upsamplers: ReadonlyMap<number, Sampling>;
};

/** Throws INVALID_REQUEST when the bundle cannot do what is asked: its sizes, the length of its schedules. */
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

export function sizesOf({ decoder, upsamplers }: BundleSpec): number[] {
  return [decoder.size, ...upsamplers.map(({ to }) => to)];
}

/** The first one is used where a request names none. */
export function priorsOf({ prior }: BundleSpec): PriorName[] {
  return (["diffusion", "autoregressive"] as const).filter((name) => prior[name] !== undefined);
}

function within(field: string, steps: number | undefined, most: number): number | undefined {
  if (steps !== undefined && steps > most)
    throw invalidRequest(field, `must be at most ${most} with this bundle, not ${steps}`);
  return steps;
}
