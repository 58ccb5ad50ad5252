// Whether a bundle can draw what a request names. The engine and the API share the check, so both word it alike.
import { invalidRequest } from "./errors.ts";
import type { Capability, DrawingOptions, EmbeddingOptions, PriorOptions, ReconstructFields } from "./request.ts";
import type { Info } from "./types.ts";

/** What of a request depends on the model. A picture may be bytes, or what stands for them in a stored request. */
export type Checked = Pick<DrawingOptions, "size"> &
  Pick<PriorOptions, "prior"> &
  Pick<EmbeddingOptions, "embeddingNoise"> & {
    readonly image?: unknown;
    readonly prompt?: string;
    /** The caption of an edited picture. */
    readonly to?: string;
    readonly dimensions?: ReconstructFields["dimensions"];
    readonly mix?: readonly object[];
    readonly between?: readonly object[];
  };

type Model = Pick<Info, "name" | "sizes" | "priors" | "capabilities" | "dimensions">;

/** What a model without the capability lacks. */
const NEEDS: Record<Capability, string> = {
  "embed-text": "an encoder of captions into CLIP's space",
  "embed-image": "an encoder of pictures",
  "invert-image": "an encoder of pictures into latents",
  reconstruct: "principal components of CLIP's space",
  "noise-embedding": "statistics of CLIP's space",
};

/** Throws INVALID_REQUEST for what none of the models can do: a size, a prior, or a capability. */
export function checkSupported(request: Checked, models: readonly Model[]): void {
  const { size, prior } = request;
  const sizes = models.flatMap(({ sizes }) => sizes);
  if (size !== undefined) checkChoice("size", size, sizes, models);
  for (const [field, capability] of capabilitiesNeeded(request)) checkCapability(field, capability, models);
  checkDimensions(request, models);
  const priors = models.flatMap(({ priors }) => priors);
  const caption = sampledCaption(request);
  if (priors.length === 0 && caption !== undefined) {
    throw invalidRequest(
      caption,
      `needs a prior, which the model ${namesOf(models)} lacks: it draws from pictures only`,
    );
  }
  if (priors.length === 0 && prior !== undefined) {
    throw invalidRequest("prior", `must be left out with the model ${namesOf(models)}, which has none`);
  }
  if (prior !== undefined) checkChoice("prior", prior, priors, models);
}

/** Throws INVALID_REQUEST, naming the field that needs the capability, if no model has it. */
export function checkCapability(
  field: string,
  capability: Capability,
  models: readonly Pick<Model, "name" | "capabilities">[],
): void {
  if (models.some(({ capabilities }) => capabilities.includes(capability))) return;
  throw invalidRequest(field, `needs ${NEEDS[capability]}, which the model ${namesOf(models)} lacks`);
}

function checkChoice<T>(field: string, value: T, known: readonly T[], models: readonly Model[]): void {
  if (known.includes(value)) return;
  const choices = [...new Set(known)].join(" or ");
  throw invalidRequest(field, `must be ${choices} with the model ${namesOf(models)}, not ${value}`);
}

/** `dimensions` keeps at most as many as an embedding has, and embeddings of a mix are as wide as the model's. */
function checkDimensions({ dimensions = [], mix = [] }: Checked, models: readonly Model[]): void {
  const widths = models.map(({ dimensions }) => dimensions);
  const most = Math.max(...widths);
  const tooMany = dimensions.findIndex((k) => k > most);
  if (tooMany >= 0)
    throw invalidRequest(`dimensions.${tooMany}`, `must be at most ${most}, not ${dimensions[tooMany]}`);
  for (const [i, item] of mix.entries()) {
    const { embedding } = item as { embedding?: ArrayLike<number> };
    if (embedding === undefined || widths.includes(embedding.length)) continue;
    const wanted = [...new Set(widths)].join(" or ");
    const problem = `must have ${wanted} numbers with the model ${namesOf(models)}, not ${embedding.length}`;
    throw invalidRequest(`mix.${i}.embedding`, problem);
  }
}

/** The capabilities that a request needs, each with the field that needs it. */
function capabilitiesNeeded({
  image,
  to,
  dimensions,
  embeddingNoise = 0,
  mix = [],
  between = [],
}: Checked): (readonly [field: string, capability: Capability])[] {
  const images = (field: string, items: readonly object[]) =>
    items.flatMap((item, i) => ("image" in item ? [`${field}.${i}.image`] : []));
  const own = image === undefined ? [] : ["image"];
  const inverted = [...(dimensions === undefined ? own : []), ...images("between", between)];
  const seen = [...own, ...images("mix", mix), ...images("between", between)];
  return [
    ...(to === undefined ? [] : [["to", "embed-text"] as const]),
    ...seen.map((field) => [field, "embed-image"] as const),
    ...inverted.map((field) => [field, "invert-image"] as const),
    ...(dimensions === undefined ? [] : [["dimensions", "reconstruct"] as const]),
    ...(embeddingNoise === 0 ? [] : [["embeddingNoise", "noise-embedding"] as const]),
  ];
}

/** The field of the first caption that the prior makes an embedding of. */
function sampledCaption({ prompt, mix = [], between = [] }: Checked): string | undefined {
  if (prompt !== undefined) return "prompt";
  const lists = Object.entries({ mix, between });
  return lists.flatMap(([name, items]) =>
    items.flatMap((item, i) => ("prompt" in item ? `${name}.${i}.prompt` : [])),
  )[0];
}

function namesOf(models: readonly { readonly name: string }[]): string {
  return models.map(({ name }) => name).join(" or ");
}
