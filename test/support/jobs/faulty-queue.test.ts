import { expect, test } from "vitest";
import { localQueue } from "../../../infra/local/queue.ts";
import { systemClock } from "../../../infra/ports.ts";
import { contractOfQueue } from "../../contracts/queue.ts";
import { closableDatabase, testDatabase } from "../local/temporary-folder.ts";
import { faultyQueue, type QueueFaults } from "./faulty-queue.ts";
import { manualClock } from "./records.ts";

contractOfQueue("local, made unkind", async () => {
  const { database, close } = closableDatabase();
  return { queue: faultyQueue(localQueue(database, "jobs", systemClock), 1), close };
});

const KIND: QueueFaults = { duplicate: 0, delay: 0, redeliver: 0, empty: 0, stale: 0 };
const TAKE = { max: 10, waitSeconds: 0, visibilitySeconds: 30 };

/** A queue with one fault, which always happens. */
function only(kind: keyof QueueFaults) {
  const clock = manualClock();
  const queue = faultyQueue(localQueue(testDatabase(), "jobs", clock), 1, { ...KIND, [kind]: 1 });
  return { clock, queue, ids: async () => (await queue.receive(TAKE)).map(({ job }) => job.id) };
}

test("the faulty queue sends duplicates", async () => {
  const { queue, clock, ids } = only("duplicate");
  await queue.send({ id: "a" }, { group: "anna" });
  clock.pass(1);
  expect(await ids()).toEqual(["a", "a"]);
});

test("the faulty queue delays messages", async () => {
  const { queue, clock, ids } = only("delay");
  await queue.send({ id: "a" }, { group: "anna" });
  expect(await ids()).toEqual([]);
  clock.pass(1);
  expect(await ids()).toEqual(["a"]);
});

test("the faulty queue redelivers acknowledged messages", async () => {
  const { queue, clock, ids } = only("redeliver");
  await queue.send({ id: "a" }, { group: "anna" });
  for (const { handle } of await queue.receive(TAKE)) await queue.acknowledge(handle);
  clock.pass(1);
  expect(await ids()).toEqual(["a"]);
});

test("the faulty queue makes handles stale", async () => {
  const { queue, ids } = only("stale");
  await queue.send({ id: "a" }, { group: "anna" });
  const [message] = await queue.receive(TAKE);
  expect(await queue.changeVisibility(message!.handle, 30)).toBe(false);
  expect(await ids()).toEqual(["a"]);
});

test("the faulty queue returns empty polls", async () => {
  const { queue, ids } = only("empty");
  await queue.send({ id: "a" }, { group: "anna" });
  expect(await ids()).toEqual([]);
});

test("the faulty queue reorders messages, repeatably by seed", async () => {
  const order = async (seed: number) => {
    const queue = faultyQueue(localQueue(testDatabase(), "jobs", manualClock()), seed, KIND);
    for (const id of "abcdefgh") await queue.send({ id }, { group: "anna" });
    return (await queue.receive(TAKE)).map(({ job }) => job.id).join("");
  };
  expect(await order(1)).toBe(await order(1));
  expect(await order(1)).not.toBe("abcdefgh");
  expect(await order(2)).not.toBe(await order(1));
});
