import { expect, test } from "vitest";
import { Service } from "../../support/schema/service.ts";

test("the queue says how many jobs wait, of all callers", async () => {
  const service = new Service();
  const waiting = async () => (await service.get("{ queue { waiting } }")).waiting;
  expect(await waiting()).toBe(0);
  for (const owner of ["ada", "ada", "bob"]) await service.job({}, owner);
  expect(await waiting()).toBe(3);
  await service.queue.receive({ max: 1, waitSeconds: 0, visibilitySeconds: 60 });
  expect(await waiting()).toBe(2);
});
