// How an attempt stores pictures and previews while the engine draws, with slow and with failing storage.
import { expect, it } from "vitest";
import { FakeEngine } from "../../support/jobs/fake-engine.ts";
import { InMemoryService, type Ports } from "../../support/jobs/in-memory-service.ts";
import { fakeTime } from "../../support/jobs/time.ts";

fakeTime();

const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** A service whose blobs are stored by `put`, which receives each key. */
function service(put: (key: string, call: () => Promise<unknown>) => Promise<unknown>): InMemoryService {
  const blobs = (ports: Ports) => ({
    ...ports.blobs,
    put: (...args: Parameters<Ports["blobs"]["put"]>) =>
      put(args[0], () => ports.blobs.put(...args)) as Promise<boolean>,
    get: (key: string) => ports.blobs.get(key),
  });
  return new InMemoryService((ports) => ({ ...ports, blobs: blobs(ports) }));
}

it("stores one preview at a time, however slow the storage is", async () => {
  let [open, most] = [0, 0];
  const slow = service(async (key, call) => {
    if (!key.startsWith("previews/")) return call();
    most = Math.max(most, ++open);
    await pause(700);
    open--;
    return call();
  });
  const { stop } = slow.startWorker();
  const id = await slow.submit();
  await slow.waitFor(id, ({ status }) => status === "SUCCEEDED");
  expect([most, open]).toEqual([1, 0]);
  await stop();
});

it("waits for every picture's storage before it ends, also when it fails", async () => {
  let open = 0;
  const slow = service(async (key, call) => {
    if (!key.startsWith("pictures/")) return call();
    open++;
    await pause(5_000);
    return call().finally(() => open--);
  });
  const engine = new FakeEngine((_, stage, nth) => {
    if (nth === 0 && stage === "prior/1") throw new Error("a bug");
  });
  const { stop } = slow.startWorker(engine);
  const id = await slow.submit();
  const waiting = await slow.waitFor(id, ({ failures }) => failures === 1);
  expect([open, waiting.drawn.length]).toEqual([0, 1]);
  await slow.waitFor(id, ({ status }) => status === "SUCCEEDED");
  await stop();
});

it("is retried if a picture cannot be stored", async () => {
  let puts = 0;
  const broken = service((key, call) =>
    key.startsWith("pictures/") && ++puts === 1 ? Promise.reject(new Error("no room")) : call(),
  );
  const { stop } = broken.startWorker();
  const job = await broken.waitFor(await broken.submit(), ({ status }) => status === "SUCCEEDED");
  expect(job).toMatchObject({ attempt: 2, failures: 1 });
  await stop();
});

it("succeeds although recording single pictures fails: the final write has them all", async () => {
  const silent = new InMemoryService();
  const { replace } = silent.store;
  silent.store.replace = (previous, next) =>
    next.status === "RUNNING" && next.events.at(-1)?.type === "PICTURE_READY" && next.drawn !== previous.drawn
      ? Promise.reject(new Error("down"))
      : replace.call(silent.store, previous, next);
  const { stop } = silent.startWorker();
  const id = await silent.submit();
  const job = await silent.waitFor(id, ({ status }) => status === "SUCCEEDED");
  expect([job.attempt, silent.errors]).toEqual([1, Array(2).fill("recording a picture")]);
  expect(silent.eventTypes(id)).toEqual(["QUEUED", "STARTED", "PICTURE_READY", "PICTURE_READY", "SUCCEEDED"]);
  await stop();
});

it("records pictures that are stored after the engine's end in the final write", async () => {
  const slow = service(async (key, call) => {
    if (key.startsWith("pictures/")) await pause(5_000);
    return call();
  });
  const { stop } = slow.startWorker();
  const id = await slow.submit();
  const { drawn, events, endedAt } = await slow.waitFor(id, ({ status }) => status === "SUCCEEDED");
  expect(drawn).toHaveLength(2);
  expect(events.slice(-3).map(({ type, at }) => [type, at])).toEqual([
    ["PICTURE_READY", endedAt],
    ["PICTURE_READY", endedAt],
    ["SUCCEEDED", endedAt],
  ]);
  await stop();
});
