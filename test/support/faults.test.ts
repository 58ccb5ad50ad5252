import { expect, test } from "vitest";
import { Fault, failOn, failSometimes, faulty } from "./faults.ts";

function counter() {
  let count = 0;
  return { add: async (by: number) => (count += by), listen: () => () => count, look: () => count };
}

test("a faulty port fails before the call, or after it was carried out", async () => {
  const real = counter();
  const before = faulty(real, failOn("add", 1, "before"));
  await expect(before.add(1)).rejects.toThrow(Fault);
  expect(real.look()).toBe(0);
  expect(await before.add(1)).toBe(1);
  const after = faulty(real, failOn("add", 2, "after"));
  expect(await after.add(1)).toBe(2);
  await expect(after.add(1)).rejects.toThrow("The call of add failed after it was carried out");
  expect(real.look()).toBe(3);
});

test("a faulty port leaves listen unchanged", () => {
  const port = faulty(counter(), () => "before");
  expect(port.listen()()).toBe(0);
});

test("random faults occur at the given rate, and repeat with the seed", () => {
  const calls = Array.from({ length: 1_000 }, (_, nth) => ({ method: "add", nth, args: [] }));
  const faults = (seed: number) => calls.map(failSometimes(seed, 0.2, ["add"]));
  expect(faults(1)).toEqual(faults(1));
  for (const when of ["before", "after"]) {
    const times = faults(1).filter((fault) => fault === when).length;
    expect(times).toBeGreaterThan(60);
    expect(times).toBeLessThan(140);
  }
  expect(calls.map(failSometimes(1, 1, ["other"])).every((fault) => fault === undefined)).toBe(true);
});
