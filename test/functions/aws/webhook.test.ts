// Webhooks from their notes, to a receiver on the loopback, which only tests may name.
import { text } from "node:stream/consumers";
import { Webhook as Verifier } from "standardwebhooks";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { sweeperHandler } from "../../../functions/aws/sweeper-handler.ts";
import { webhookHandler } from "../../../functions/aws/webhook-handler.ts";
import { systemClock } from "../../../infra/ports.ts";
import type { WebhookNetworks } from "../../../infra/webhooks/address.ts";
import { deriveWebhookSecret } from "../../../infra/webhooks/deliver.ts";
import { contextWith, NO_SOCKETS, silent, sqsEvent } from "../../support/aws/lambda-events.ts";
import { FINISH, picture } from "../../support/jobs/builders.ts";
import { MemoryQueue } from "../../support/jobs/in-memory-adapters.ts";
import { InMemoryService } from "../../support/jobs/in-memory-service.ts";
import { leaseJob } from "../../support/jobs/leased.ts";
import { serve } from "../../support/serve.ts";

const MASTER = new Uint8Array(32).fill(7);

// The receiver checks by the real clock, so only the clock is set forward, and no timer stands still.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
  onTestFinished(() => void vi.useRealTimers());
});

async function begin(networks?: WebhookNetworks) {
  const received: { headers: Record<string, string>; body: string }[] = [];
  let status = 204;
  const receiver = await serve(async (request, response) => {
    received.push({ headers: request.headers as Record<string, string>, body: await text(request) });
    response.writeHead(status).end();
  });

  const service = new InMemoryService();
  const webhooks = new MemoryQueue(systemClock);
  const secret = async () => MASTER;
  const { store, blobs } = service;
  const handle = webhookHandler({ store, blobs, webhooks, secret, now: Date.now, networks, log: silent });
  const sweeper = sweeperHandler({ jobs: service.jobs, webhooks, ...NO_SOCKETS, log: silent });
  const id = await service.submit({ webhook: `${receiver}/hook` });
  const attempt = await leaseJob(service.jobs, id);
  await attempt.succeed([picture(0, id), picture(1, id)], FINISH);
  return {
    service,
    webhooks,
    id,
    received,
    sweep: () => sweeper(undefined, contextWith()),
    /** Whether the note is done with. */
    handle: async () => (await handle(sqsEvent(id))).batchItemFailures.length === 0,
    answer: (code: number) => {
      status = code;
    },
    webhook: () => service.job(id).webhook!,
    /** When each note comes, in seconds from now. */
    queued: () => [...webhooks.messages].map(({ job, visibleAt }) => [job.id, (visibleAt - Date.now()) / 1000]),
  };
}

test("a message leads to one delivery that the receiver can verify", async () => {
  const { handle, received, webhook, id, queued } = await begin("loopback");
  expect(await handle()).toBe(true);
  expect(webhook()).toMatchObject({ state: "DELIVERED", tries: 1, lastStatus: 204 });
  const [{ headers, body }] = received as [(typeof received)[0]];
  const delivered = new Verifier(deriveWebhookSecret("ada", MASTER)).verify(body, headers);
  expect(delivered).toMatchObject({ type: "job.succeeded", data: { id, status: "SUCCEEDED" } });
  expect(JSON.stringify(delivered)).toContain(`memory:///pictures/${id}/1.png?expires=`);
  // It says how long its URLs work.
  const { pictures, expiresAt } = (delivered as { data: { pictures: { url: string }[]; expiresAt: string } }).data;
  const expiries = pictures.map(({ url }) => Number(new URL(url).searchParams.get("expires")));
  expect(Date.parse(expiresAt)).toBe(Math.min(...expiries));
  expect(Date.parse(expiresAt) - Date.now()).toBeGreaterThan(86_390_000);
  expect(queued()).toEqual([]);
  // The message is delivered again, as can happen.
  expect(await handle()).toBe(true);
  expect(received).toHaveLength(1);
});

test("a failed try schedules the next one for its time", async () => {
  const { handle, received, answer, webhook, id, queued } = await begin("loopback");
  answer(500);
  expect(await handle()).toBe(true);
  expect(webhook()).toMatchObject({ state: "WAITING", tries: 1, lastStatus: 500 });
  const pause = Math.ceil((webhook().nextAt! - Date.now()) / 1000);
  expect(pause).toBeGreaterThanOrEqual(4);
  expect(queued()).toEqual([[id, pause]]);
  expect(await handle()).toBe(true);
  expect(received).toHaveLength(1);
  vi.setSystemTime(Date.now() + pause * 1000);
  answer(204);
  expect(await handle()).toBe(true);
  expect(webhook()).toMatchObject({ state: "DELIVERED", tries: 2 });
});

test("a try further off than a message's maximum delay is left to the sweeper", async () => {
  const { handle, answer, webhook, webhooks, sweep, queued, id } = await begin("loopback");
  answer(500);
  for (let tries = 1; tries <= 3; tries++) {
    await handle();
    if (tries < 3) vi.setSystemTime(webhook().nextAt!);
  }
  expect(webhook().nextAt! - Date.now()).toBeGreaterThan(900_000);
  webhooks.messages.clear();
  await sweep();
  expect(queued()).toEqual([]);
  vi.setSystemTime(webhook().nextAt!);
  await sweep();
  expect(queued()).toEqual([[id, 0]]);
});

test("a message whose job cannot be read stays, and is retried after a pause", async () => {
  const { service, handle, webhooks, webhook } = await begin("loopback");
  const changeVisibility = vi.spyOn(webhooks, "changeVisibility");
  const { get } = service.store;
  service.store.get = () => Promise.reject(new Error("throttled"));
  expect(await handle()).toBe(false);
  expect(changeVisibility).toHaveBeenCalledWith(expect.any(String), 30);
  service.store.get = get;
  expect(webhook().tries).toBe(0);
});

test("no webhook is sent to the function's own machine", async () => {
  const { handle, received, webhook } = await begin("public");
  expect(await handle()).toBe(true);
  expect(received).toEqual([]);
  expect(webhook().state).toBe("FAILED");
});
