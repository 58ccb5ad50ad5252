import { expect, test } from "vitest";
import { UnclipError } from "../../models/errors.ts";

test("an UnclipError carries code, field and cause, and is not retryable by default", () => {
  const cause = new Error("disk");
  const error = new UnclipError("INVALID_REQUEST", "count must be 1 to 16", { field: "count", cause });
  expect(error).toMatchObject({
    name: "UnclipError",
    code: "INVALID_REQUEST",
    retryable: false,
    field: "count",
    cause,
  });
  expect(error).toBeInstanceOf(Error);
  expect(new UnclipError("INTERNAL", "worker died", { retryable: true }).retryable).toBe(true);
  expect("cause" in new UnclipError("CANCELED", "canceled")).toBe(false);
});
