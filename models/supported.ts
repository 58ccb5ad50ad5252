// Whether a bundle can draw what a request names. The engine and the API share the check, so both word it alike.
import { invalidRequest } from "./errors.ts";
import type { DrawingOptions, PriorOptions, ReconstructFields } from "./request.ts";
import type { Info } from "./types.ts";

/** Throws INVALID_REQUEST for a size or a prior that none of the models has, and for more dimensions than an embedding has. */
export function checkSupported(
  {
    size,
    prior,
    dimensions = [],
  }: Pick<DrawingOptions, "size"> & Pick<PriorOptions, "prior"> & Partial<Pick<ReconstructFields, "dimensions">>,
  models: readonly Pick<Info, "name" | "sizes" | "priors" | "dimensions">[],
): void {
  const check = <T>(field: string, value: T, known: readonly T[]) => {
    if (known.includes(value)) return;
    const names = models.map(({ name }) => name).join(" or ");
    throw invalidRequest(field, `must be ${[...new Set(known)].join(" or ")} with the model ${names}, not ${value}`);
  };
  check(
    "size",
    size,
    models.flatMap(({ sizes }) => sizes),
  );
  if (prior !== undefined)
    check(
      "prior",
      prior,
      models.flatMap(({ priors }) => priors),
    );
  const most = Math.max(...models.map((model) => model.dimensions));
  const tooMany = dimensions.findIndex((k) => k > most);
  if (tooMany >= 0)
    throw invalidRequest(`dimensions.${tooMany}`, `must be at most ${most}, not ${dimensions[tooMany]}`);
}
