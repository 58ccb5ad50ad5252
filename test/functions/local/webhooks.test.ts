// How deliveries are shared between owners. Receivers that never answer are promises that never settle.
import { expect, test } from "vitest";
import { deliverWebhooks } from "../../../functions/local/webhooks.ts";
import type { WebhookJob } from "../../../infra/jobs/job.ts";
import * as transitions from "../../../infra/jobs/transitions.ts";
import { compareAndSwap } from "../../../infra/jobs/update.ts";
import { silent } from "../../support/aws/lambda-events.ts";
import { InMemoryService } from "../../support/jobs/in-memory-service.ts";
import { fakeTime, pass } from "../../support/jobs/time.ts";

fakeTime();

/** Runs the deliveries. `open` counts the deliveries under way, by owner; `deliver` may hold one up. */
function begin(service: InMemoryService, deliver: (job: WebhookJob) => Promise<void>) {
  const end = new AbortController();
  const open = new Map<string, number>();
  const delivered: string[] = [];
  const counted = async (job: WebhookJob) => {
    open.set(job.owner, (open.get(job.owner) ?? 0) + 1);
    await deliver(job);
    const webhook = { url: job.webhook.url, state: "DELIVERED", tries: 1 } as const;
    await compareAndSwap(service.store, job.id, (newest) => transitions.recordDelivery(newest, webhook, Date.now()));
    open.set(job.owner, open.get(job.owner)! - 1);
    delivered.push(job.id);
  };
  const ended = deliverWebhooks({ jobs: service.jobs, deliver: counted, log: silent, signal: end.signal });
  const stop = () => {
    end.abort();
    return ended;
  };
  return { open, delivered, stop };
}

/** Ids of canceled jobs with a webhook. */
async function canceled(service: InMemoryService, owner: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < count; i++) {
    const id = await service.submit({ owner, webhook: "https://hooks.example.com/unclip" });
    await service.jobs.of(owner).cancel(id);
    ids.push(id);
  }
  return ids;
}

test("an owner's dead receivers occupy only that owner's share, and delay nobody else", async () => {
  const service = new InMemoryService();
  let release = () => {};
  const dead = new Promise<void>((resolve) => {
    release = resolve;
  });
  const all = await canceled(service, "ada", 500);
  const { open, delivered, stop } = begin(service, (job) => (job.owner === "ada" ? dead : Promise.resolve()));
  await pass(3_000);
  expect(open.get("ada")).toBe(8);
  const own = await canceled(service, "bob", 30);
  await pass(1_500);
  expect(delivered.toSorted()).toEqual(own.toSorted());
  expect(open.get("ada")).toBe(8);
  release();
  await pass(20_000);
  expect(delivered).toHaveLength(all.length + own.length);
  await stop();
});

test("a delivery that is under way is not begun again, and the end waits for it", async () => {
  const service = new InMemoryService();
  await canceled(service, "ada", 1);
  const { open, delivered, stop } = begin(service, () => new Promise((resolve) => setTimeout(resolve, 10_000)));
  await pass(5_000);
  expect(open.get("ada")).toBe(1);
  const ended = stop();
  await pass(6_000);
  await ended;
  expect(delivered).toHaveLength(1);
});
