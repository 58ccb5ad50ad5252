// Requests that would be too much, if they were answered.
import { VARIABLE_LIMITS } from "../../../schema/server/use-operation-limits.ts";

/** A body. */
export const LARGE = JSON.stringify({ query: "{ viewer { owner } }", variables: { x: "x".repeat(10_000_000) } });

/** An operation with `n` aliased fields. */
export const wide = (n: number, name = "a") =>
  `{ ${Array.from({ length: n }, (_, i) => `${name}${i}: viewer { owner }`).join(" ")} }`;

export const DEEP = `{ jobs { nodes ${"{ events { job ".repeat(6)}{ id }${" } }".repeat(6)} } }`;

/** An operation with 2 to the power of `n` fields. */
export const doubling = (n: number) =>
  `{ ...F0 } ${Array.from({ length: n }, (_, i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`).join(" ")}
   fragment F${n} on Query { viewer { owner } }`;

/** Variables. */
export const TOO_MANY = { input: { prompt: Array.from({ length: VARIABLE_LIMITS.values }, () => "x") } };
