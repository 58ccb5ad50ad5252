// Whether a bundle can draw what a request names. The engine and the API share the check, so both word it alike.
import { invalidRequest } from "./errors.ts";
import type { DrawingOptions, PriorOptions, ReconstructFields } from "./request.ts";
import type { Info } from "./types.ts";

/** What of a request depends on the model. */
export type Checked = Pick<DrawingOptions, "size"> &
  Pick<PriorOptions, "prior"> & {
    readonly prompt?: string;
    readonly dimensions?: ReconstructFields["dimensions"];
    readonly mix?: readonly object[];
    readonly between?: readonly object[];
  };

/**
 * Throws INVALID_REQUEST for a size or a prior that none of the models has, for more dimensions than an embedding has, and for a
 * caption that none can sample.
 */
export function checkSupported(
  { size, prior, dimensions = [], ...captions }: Checked,
  models: readonly Pick<Info, "name" | "sizes" | "priors" | "dimensions">[],
): void {
  const names = models.map(({ name }) => name).join(" or ");
  const check = <T>(field: string, value: T, known: readonly T[]) => {
    if (known.includes(value)) return;
    throw invalidRequest(field, `must be ${[...new Set(known)].join(" or ")} with the model ${names}, not ${value}`);
  };
  if (size !== undefined) {
    check(
      "size",
      size,
      models.flatMap(({ sizes }) => sizes),
    );
  }
  const most = Math.max(...models.map((model) => model.dimensions));
  const tooMany = dimensions.findIndex((k) => k > most);
  if (tooMany >= 0)
    throw invalidRequest(`dimensions.${tooMany}`, `must be at most ${most}, not ${dimensions[tooMany]}`);
  const priors = models.flatMap(({ priors }) => priors);
  const caption = sampledCaption(captions);
  if (priors.length === 0 && caption !== undefined) {
    throw invalidRequest(caption, `needs a prior, which the model ${names} lacks: it draws from pictures only`);
  }
  if (priors.length === 0 && prior !== undefined) {
    throw invalidRequest("prior", `must be left out with the model ${names}, which has none`);
  }
  if (prior !== undefined) check("prior", prior, priors);
}

/** The field of the first caption that the prior makes an embedding of. */
function sampledCaption({
  prompt,
  mix = [],
  between = [],
}: Pick<Checked, "prompt" | "mix" | "between">): string | undefined {
  if (prompt !== undefined) return "prompt";
  const lists = Object.entries({ mix, between });
  return lists.flatMap(([name, items]) =>
    items.flatMap((item, i) => ("prompt" in item ? `${name}.${i}.prompt` : [])),
  )[0];
}
