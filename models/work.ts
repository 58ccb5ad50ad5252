// The price of a request: how many denoising steps the engine makes for it. Pure, and safe in a browser.
import type { DrawingOptions, PriorOptions } from "./request.ts";
import { type Info, type PresetInfo, upsamplerStage } from "./types.ts";

/** The most things that one scene is composed of. */
const THINGS = 2;

/** The fields of a parsed request that its price depends on. Pictures may be bytes, blob keys or ids. */
export type PricedRequest = Pick<DrawingOptions, "size" | "preset" | "steps"> &
  Pick<PriorOptions, "prior" | "priorSteps" | "priorSamples" | "literal"> & {
    readonly prompt?: string;
    readonly negativePrompt?: string;
    readonly mix?: readonly object[];
    readonly image?: unknown;
    readonly between?: readonly object[];
    readonly count?: number;
    readonly frames?: number;
    readonly dimensions?: readonly number[];
  };

type Priced = Pick<Info, "priors" | "presets" | "scenes" | "sizes" | "defaultSize">;

/**
 * Denoising steps over all stages and pictures; the samples of the prior each count, and a step with guidance counts once. Where
 * the decoder draws several sizes, its steps count by the area, in multiples of the smallest one. A caption of `generate` is
 * priced as two things where the bundle composes scenes: whether it names two is known only when it is drawn.
 */
export function workOf(request: PricedRequest, info: Priced): number {
  return Math.ceil([...workByStage(request, info).values()].reduce((total, steps) => total + steps, 0));
}

/** The same for each stage (`StageName`), in the order in which they run. */
export function workByStage(request: PricedRequest, info: Priced): ReadonlyMap<string, number> {
  const preset = info.presets[request.preset];
  const steps = decoderSteps(request, preset);
  const things = request.prompt !== undefined && info.scenes && !request.literal ? THINGS : 1;
  const area = areaOf(request, info);
  const decoding = area * things * steps;
  const { size: wanted = info.defaultSize } = request;
  const upsampling = preset.upsamplers.filter(({ size }) => size <= wanted);
  const pictures = picturesOf(request);
  return new Map([
    ["prior", promptsOf(request) * priorWork(request, info, things)],
    ["inversion", inversionsOf(request) * area * steps],
    ["decoder", pictures * decoding],
    ...upsampling.map(({ size, steps }) => [upsamplerStage(size), pictures * steps] as const),
  ]);
}

/** Steps of the decoder for each picture, drawn or inverted. */
export function decoderSteps(
  request: Pick<PricedRequest, "steps" | "image" | "between" | "dimensions">,
  preset: Pick<PresetInfo, "steps" | "inversionSteps">,
): number {
  return request.steps ?? (inversionsOf(request) > 0 ? preset.inversionSteps : preset.steps);
}

/** The area that the decoder draws, in multiples of its smallest one. Upsamplers begin at a single size. */
function areaOf({ size: wanted, preset }: PricedRequest, { sizes, presets, defaultSize }: Priced): number {
  const size = wanted ?? defaultSize;
  const enlarged = presets[preset].upsamplers.map(({ size }) => size);
  const [least, ...others] = sizes.filter((each) => !enlarged.includes(each));
  return others.includes(size) ? (size / least!) ** 2 : 1;
}

/** Samples of the prior for each of the things of a picture, which share them. */
export function samplesPerThing(samples: number, things: number): number {
  return Math.ceil(samples / things);
}

export function picturesOf({
  count,
  frames,
  dimensions,
}: Pick<PricedRequest, "count" | "frames" | "dimensions">): number {
  return count ?? frames ?? dimensions?.length ?? 1;
}

/**
 * Captions that the prior makes embeddings of: one for each end of `interpolate`, otherwise for each picture its own, those of
 * the mix and the negative one.
 */
function promptsOf({ prompt, negativePrompt, mix = [], between = [], ...request }: PricedRequest): number {
  const captions = [prompt, negativePrompt].filter((each) => each !== undefined).length + promptsAmong(mix);
  return promptsAmong(between) + captions * picturesOf(request);
}

function promptsAmong(items: readonly object[]): number {
  return items.filter((item) => "prompt" in item).length;
}

/** Pictures whose x_T is sought. `reconstruct` starts from fresh noise. */
function inversionsOf({
  image,
  between = [],
  dimensions,
}: Pick<PricedRequest, "image" | "between" | "dimensions">): number {
  if (image !== undefined) return dimensions === undefined ? 1 : 0;
  return between.filter((end) => "image" in end).length;
}

/** Steps of the prior for one picture. 0 for a prior that the bundle lacks: models/supported.ts refuses that. */
function priorWork(request: PricedRequest, { priors, presets }: Priced, things: number): number {
  const name = request.prior ?? priors[0];
  const prior = presets[request.preset].priors.find((each) => each.name === name);
  if (prior === undefined) return 0;
  const samples = things * samplesPerThing(request.priorSamples ?? prior.samples, things);
  return samples * (request.priorSteps ?? prior.steps);
}
