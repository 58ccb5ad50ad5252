import { expect, test } from "vitest";
import { lazyPort } from "../../../infra/util/lazy-port.ts";

test("a lazy port creates its adapter once, at the first call", async () => {
  let made = 0;
  const port = lazyPort(async () => {
    made++;
    return {
      count: 1,
      add: async function (this: { count: number }, by: number) {
        return this.count + by;
      },
    };
  });
  // Resolving a promise with it asks for `then`, which is no call.
  const same = await Promise.resolve(port);
  expect(made).toBe(0);
  expect(await Promise.all([same.add(1), same.add(2)])).toEqual([2, 3]);
  expect(made).toBe(1);
});

test("a lazy port rejects if its adapter cannot be created, and retries at the next call", async () => {
  let tries = 0;
  const port = lazyPort(async () => {
    if (++tries === 1) throw new Error("not yet");
    return { get: async () => "there" };
  });
  await expect(port.get()).rejects.toThrow("not yet");
  expect(await port.get()).toBe("there");
});
