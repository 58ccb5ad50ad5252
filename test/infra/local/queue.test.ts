import { expect, test } from "vitest";
import { localQueue } from "../../../infra/local/queue.ts";
import { type Queue, systemClock } from "../../../infra/ports.ts";
import { contractOfQueue } from "../../contracts/queue.ts";
import { manualClock } from "../../support/jobs/records.ts";
import { closableDatabase, testDatabase } from "../../support/local/temporary-folder.ts";

contractOfQueue("local", async () => {
  const { database, close } = closableDatabase();
  return { queue: localQueue(database, "jobs", systemClock), close };
});

const TAKE = { max: 10, waitSeconds: 0, visibilitySeconds: 30 };

function open() {
  const clock = manualClock();
  const database = testDatabase();
  return { clock, database, queue: localQueue(database, "jobs", clock) };
}

const take = async (queue: Queue, max = 10) => (await queue.receive({ ...TAKE, max })).map(({ job }) => job.id);
const sendAll = (queue: Queue, group: string, ids: readonly string[]) =>
  Promise.all(ids.map((id) => queue.send({ id }, { group })));
const names = (group: string, count: number) => Array.from({ length: count }, (_, index) => `${group}${index}`);

test("the local queue delivers in order, once, and no hidden or acknowledged message", async () => {
  const { queue, clock } = open();
  await sendAll(queue, "anna", ["a", "b", "c"]);
  const [a] = await queue.receive({ ...TAKE, max: 1 });
  expect(a).toEqual({ job: { id: "a" }, handle: expect.any(String), deliveries: 1 });
  expect(await take(queue)).toEqual(["b", "c"]);
  await queue.acknowledge(a!.handle);
  clock.pass(29);
  expect(await take(queue)).toEqual([]);
  clock.pass(1);
  const again = await queue.receive(TAKE);
  expect(again.map(({ job, deliveries }) => [job.id, deliveries])).toEqual([
    ["b", 2],
    ["c", 2],
  ]);
});

test("the local queue counts the messages of the same group that are ready and come first", async () => {
  const { queue } = open();
  await sendAll(queue, "ben", ["x", "y"]);
  await sendAll(queue, "anna", ["a", "b", "c"]);
  await queue.send({ id: "later" }, { group: "anna", delaySeconds: 60 });
  const positions = () => Promise.all(["a", "b", "c", "later"].map((id) => queue.position({ id }, "anna")));
  expect(await positions()).toEqual([0, 1, 2, undefined]);
  while ((await take(queue, 1))[0] !== "a");
  expect(await positions()).toEqual([undefined, 0, 1, undefined]);
});

test("the local queue respects delays and extended visibility", async () => {
  const { queue, clock } = open();
  await queue.send({ id: "a" }, { group: "anna", delaySeconds: 900 });
  clock.pass(899);
  expect(await take(queue)).toEqual([]);
  clock.pass(1);
  const [message] = await queue.receive(TAKE);
  clock.pass(20);
  expect(await queue.changeVisibility(message!.handle, 43_200)).toBe(true);
  clock.pass(43_199);
  expect(await take(queue)).toEqual([]);
  expect(await queue.changeVisibility(message!.handle, 0)).toBe(true);
  expect(await take(queue)).toEqual(["a"]);
});

test("a handle is stale once its visibility has ended, even before a redelivery", async () => {
  const { queue, clock } = open();
  await queue.send({ id: "a" }, { group: "anna" });
  const [first] = await queue.receive(TAKE);
  clock.pass(30);
  expect(await queue.changeVisibility(first!.handle, 30)).toBe(false);
  expect(await take(queue)).toEqual(["a"]);
  await queue.acknowledge(first!.handle);
  expect(await queue.depth()).toEqual({ ready: 0, hidden: 1 });
});

test.each(["", "nonsense", "1", "1.", ".1", "-1.-1", "1.1.1 OR 1=1", "1e9.1"])(
  "takes %j for no handle of its own",
  async (handle) => {
    const { queue } = open();
    await queue.send({ id: "a" }, { group: "anna" });
    expect(await queue.changeVisibility(handle, 30)).toBe(false);
    await queue.acknowledge(handle);
    expect(await take(queue)).toEqual(["a"]);
  },
);

test("depth counts ready and hidden messages exactly", async () => {
  const { queue, clock } = open();
  expect(await queue.depth()).toEqual({ ready: 0, hidden: 0 });
  await sendAll(queue, "anna", ["a", "b", "c"]);
  await queue.send({ id: "d" }, { group: "anna", delaySeconds: 5 });
  await take(queue, 1);
  expect(await queue.depth()).toEqual({ ready: 2, hidden: 2 });
  clock.pass(5);
  expect(await queue.depth()).toEqual({ ready: 3, hidden: 1 });
});

test("several queues share a database", async () => {
  const { queue, database, clock } = open();
  const hooks = localQueue(database, "webhooks", clock);
  await queue.send({ id: "a" }, { group: "anna" });
  expect(await take(hooks)).toEqual([]);
  const [message] = await queue.receive(TAKE);
  expect(await hooks.changeVisibility(message!.handle, 0)).toBe(false);
  await hooks.acknowledge(message!.handle);
  expect(await queue.depth()).toEqual({ ready: 0, hidden: 1 });
});

test("an owner's few messages are served between another owner's many", async () => {
  const { queue } = open();
  await sendAll(queue, "anna", names("a", 50));
  expect(await take(queue, 3)).toEqual(["a0", "a1", "a2"]);
  await sendAll(queue, "ben", names("b", 2));
  await sendAll(queue, "cleo", names("c", 1));
  expect(await take(queue, 7)).toEqual(["a3", "b0", "c0", "a4", "b1", "a5", "a6"]);
});

test("an owner who was served before is not disadvantaged, and no waiting message is skipped", async () => {
  const { queue } = open();
  await sendAll(queue, "anna", names("a", 20));
  for (const { handle } of await queue.receive(TAKE)) await queue.acknowledge(handle);
  // An owner who was never served comes no further to the front than the one being served, however much was sent.
  await sendAll(queue, "ben", names("b", 30));
  expect((await take(queue, 6)).sort()).toEqual(["a10", "a11", "a12", "b0", "b1", "b2"]);
});

test("new messages cannot starve a waiting one", async () => {
  const { queue } = open();
  await sendAll(queue, "anna", names("a", 3));
  const served: string[] = [];
  for (let round = 0; round < 20 && !served.includes("a2"); round++) {
    for (const newcomer of names(`n${round}-`, 4)) await queue.send({ id: newcomer }, { group: newcomer });
    served.push(...(await take(queue, 2)));
  }
  expect(served).toContain("a2");
});

test("receivers wake at once when a message arrives or becomes visible", async () => {
  const database = testDatabase();
  const queue = localQueue(database, "jobs", systemClock);
  const wait = { max: 1, waitSeconds: 20, visibilitySeconds: 30 };
  const first = queue.receive(wait);
  const second = queue.receive(wait);
  await queue.send({ id: "a" }, { group: "anna" });
  const [taken] = await first;
  // Until the second has looked, in vain.
  for (let turn = 0; turn < 3; turn++) await database.write(() => {});
  await queue.changeVisibility(taken!.handle, 0);
  expect((await second).map(({ job, deliveries }) => [job.id, deliveries])).toEqual([["a", 2]]);
  // Not at the end of the wait.
}, 15_000);

test("a waiting receiver reads once per wake-up, and not in between", async () => {
  const database = testDatabase();
  const queue = localQueue(database, "jobs", systemClock);
  expect(await queue.receive({ ...TAKE, waitSeconds: 1 })).toEqual([]);
  expect(database.count).toBeLessThanOrEqual(2);
});

test("an abort releases the messages that receive has just taken", async () => {
  const { queue, database } = open();
  await queue.send({ id: "a" }, { group: "anna" });
  const abort = new AbortController();
  const waiting = queue.receive({ ...TAKE, signal: abort.signal });
  // In the same commit as the take, after it.
  await database.write(() => abort.abort());
  expect(await waiting).toEqual([]);
  const [message] = await queue.receive(TAKE);
  expect(message!.deliveries).toBe(1);
});

test("an abort ends a wait for a message's visibility", async () => {
  const { queue } = open();
  await queue.send({ id: "a" }, { group: "anna", delaySeconds: 900 });
  const abort = new AbortController();
  const waiting = queue.receive({ ...TAKE, waitSeconds: 20, signal: abort.signal });
  await queue.depth();
  abort.abort();
  expect(await waiting).toEqual([]);
});
