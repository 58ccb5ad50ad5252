// Whether a bundle can draw what a request names. The engine and the API share the check, so both word it alike.
import { invalidRequest } from "./errors.ts";
import type { DrawingOptions, PriorOptions } from "./request.ts";
import type { Info } from "./types.ts";

/** Throws INVALID_REQUEST for a size or a prior that none of the models has. */
export function checkSupported(
  { size, prior }: Pick<DrawingOptions, "size"> & Pick<PriorOptions, "prior">,
  models: readonly Pick<Info, "name" | "sizes" | "priors">[],
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
}
