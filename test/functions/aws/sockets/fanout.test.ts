// The fanout delivers the changes in the table's stream at least once and in order, although functions die, run twice or
// run late.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { jobTopic } from "../../../../infra/aws/connection-items.ts";
import { awsConnections } from "../../../../infra/aws/connections.ts";
import type { JobRecord } from "../../../../infra/jobs/job.ts";
import { markNotified, recordDelivery } from "../../../../infra/jobs/transitions.ts";
import { forEachConcurrent } from "../../../../infra/util/for-each-concurrent.ts";
import { type CallOutcome, FaultPlan, faultAtCall } from "../../../support/aws/fault-at-call.ts";
import { dynamo, onMoto } from "../../../support/aws/moto-resources.ts";
import { all, SocketService, seqs, take } from "../../../support/aws/socket-service.ts";
import { sequenceOf, streamEvent } from "../../../support/aws/stream-events.ts";
import { type Answer, picture } from "../../../support/schema/service.ts";
import { FOLLOW } from "../../../support/schema/stream.ts";

const PATIENCE_MS = 240_000;
const CONCURRENCY = 6;
const NO_FAILURE = { batchItemFailures: [] };

onMoto("the fanout", () => {
  let service: SocketService;
  beforeEach(async () => {
    service = await SocketService.open();
  });
  afterEach(() => service.close());

  const follow = (id: string, after = 0) =>
    service.client().iterate<Answer>({ query: FOLLOW, variables: { id, after } });
  /** Resumes after each disconnect, as our client does. Resolves to the numbers of all events received. */
  const retryUntilAnswered = async (id: string): Promise<number[]> => {
    const seen: number[] = [];
    for (;;) {
      try {
        for await (const { data, errors } of follow(id, seen.at(-1))) {
          if (errors) throw errors;
          seen.push(data.jobEvents.seq);
        }
        return seen;
      } catch {}
    }
  };
  const recordOf = async (id: string) => (await service.parts.store.get(id))!;

  /** Expects each event, except steps replaced by later ones, in the order of the log at first delivery. */
  const expectWhole = (seen: readonly number[], { events }: JobRecord) => {
    const first = [...new Set(seen)];
    expect(first).toEqual([...first].sort((a, b) => a - b));
    const left = events.filter(({ seq }) => !first.includes(seq));
    expect(left.filter(({ type }) => type !== "PROGRESS")).toEqual([]);
  };

  test("delivers every event once and in order when records are repeated, concurrent or reordered", {
    timeout: PATIENCE_MS,
  }, async () => {
    await service.startFanout(service.fanout(), { seed: 7, retry: 0.3, duplicate: 0.5 });
    const ids = await Promise.all(Array.from({ length: 5 }, () => service.submit({ count: 3 })));
    const received = ids.flatMap((id) => [retryUntilAnswered(id), retryUntilAnswered(id)]);
    await Promise.all(ids.map((id) => service.drawJob(id)));
    for (const [i, seen] of (await Promise.all(received)).entries()) {
      expectWhole(seen, await recordOf(ids[Math.floor(i / 2)]!));
      expect(new Set(seen).size).toBe(seen.length);
    }
    expect(service.logged).toEqual([]);
  });

  test("ignores records older than what was delivered, and delivers nothing twice", async () => {
    const id = await service.submit({ count: 1 });
    const [queued, events] = [await recordOf(id), follow(id)];
    await take(events, 1);
    await service.attempt(id);
    const running = await recordOf(id);
    const send = vi.spyOn(service.parts.post, "send");
    const fanout = service.fanout();
    expect(await fanout(streamEvent(queued, running, queued, running))).toEqual(NO_FAILURE);
    expect(await fanout(streamEvent(queued))).toEqual(NO_FAILURE);
    expect(await fanout(streamEvent(running))).toEqual(NO_FAILURE);
    expect(send).toHaveBeenCalledTimes(1);
    expect(seqs(await take(events, 1))).toEqual([2]);
  });

  test("reports a record as failed if a subscription could not be served", async () => {
    const [id, other] = [await service.submit(), await service.submit()];
    const [lucky, unlucky, another] = [follow(id), follow(id), follow(other)];
    for (const events of [lucky, unlucky, another]) await take(events, 1);
    const [queued] = [await recordOf(id), await service.attempt(id), await service.attempt(other)];
    const [running, third] = [await recordOf(id), await recordOf(other)];
    const { connections } = service.parts;
    const [, held] = await connections.findByTopic(jobTopic(id));
    expect(await connections.lock(held!, 60_000)).toMatchObject({ operation: held!.operation });
    const answer = await service.fanout()(streamEvent(third, queued, running));
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: sequenceOf(queued) }] });
    expect(seqs([...(await take(another, 1))])).toEqual([2]);
    const first = await Promise.race([take(lucky, 1), take(unlucky, 1)]);
    expect(seqs(first)).toEqual([2]);
  });

  test("ignores rows of other kinds, deletions and unreadable rows", async () => {
    const [record] = streamEvent(await recordOf(await service.submit())).Records;
    const socket = { ...record!, dynamodb: { NewImage: { pk: { S: "SOCKET#a" }, sk: { S: "SOCKET" } } } };
    const gone = { ...record!, eventName: "REMOVE" as const, dynamodb: { Keys: record!.dynamodb!.Keys! } };
    expect(await service.fanout()({ Records: [socket, gone] })).toEqual(NO_FAILURE);
  });

  test("queues a webhook from the job's end until it is delivered", async () => {
    const { store, webhooks } = service.parts;
    const webhookMessages = async () => {
      const messages = await webhooks.receive({ max: 10, waitSeconds: 0, visibilitySeconds: 60 });
      return messages.map(({ job }) => job);
    };
    const id = await service.submit({ webhook: "https://hooks.example.com/unclip" });
    const fanout = service.fanout();
    await fanout(streamEvent(await recordOf(id)));
    expect(await webhookMessages()).toEqual([]);
    await service.drawJob(id);
    const ended = await recordOf(id);
    expect(await fanout(streamEvent(ended))).toEqual(NO_FAILURE);
    expect(await webhookMessages()).toEqual([{ id }]);
    // The sweeper has sent one.
    expect(await fanout(streamEvent(markNotified(ended, 0, Date.now())!))).toEqual(NO_FAILURE);
    expect(await webhookMessages()).toEqual([]);
    const received = recordDelivery(ended, { ...ended.webhook!, state: "DELIVERED", tries: 1 }, Date.now())!;
    await store.replace(ended, received);
    await fanout(streamEvent(received));
    expect(await webhookMessages()).toEqual([]);
  });

  test(
    "tells every event at least once, in order, and the end once, whichever call fails and wherever a process dies",
    async () => {
      const live = async (fault?: CallOutcome) => {
        const faults = new FaultPlan(fault);
        let delayed = 0;
        const clock = { now: () => Date.now() + delayed };
        const parts = { ...service.parts, connections: awsConnections(dynamo, service.table, clock), clock };
        const id = await service.submit({ count: 2, webhook: "https://hooks.example.com/unclip" });
        const events = follow(id);
        const seen = seqs(await take(events, 1));
        const attempt = await service.attempt(id);
        await attempt.addPicture(picture(id, 0));
        const half = await recordOf(id);
        await attempt.addPicture(picture(id, 1));
        await attempt.succeed(attempt.job.drawn, { warnings: [], timings: [] });
        const rest = all(events);
        for (const record of [half, await recordOf(id)]) {
          for (let again = true; again; ) {
            const before = faults.occurred;
            const fanout = service.fanout({ ...parts, ...faults.process(parts) });
            const { batchItemFailures } = await fanout(streamEvent(record));
            // A function that died returns nothing. Lambda treats that as a failure after some time.
            const died = fault?.how === "dies" && before !== faults.occurred;
            again = died || batchItemFailures.length > 0;
            if (again && fault === undefined) throw new Error("It failed on a fair day");
            if (died) delayed += 30_000;
          }
        }
        seen.push(...seqs(await rest));
        expectWhole(seen, await recordOf(id));
        expect(await service.parts.connections.findByTopic(jobTopic(id))).toEqual([]);
        return faults;
      };
      const { calls } = await live();
      expect(calls).toEqual([
        ...["findByTopic", "lock", "send", "send", "recordDelivered", "findByTopic"],
        ...["send", "findByTopic", "lock", "send", "send", "send", "complete", "findByTopic"],
      ]);
      const failed: unknown[] = [];
      await forEachConcurrent(faultAtCall(calls.length), CONCURRENCY, async (fault) => {
        const { occurred } = await live(fault).catch((error) => {
          failed.push([fault, error]);
          return { occurred: true };
        });
        if (!occurred) failed.push([fault, "did not come"]);
      });
      expect(failed).toEqual([]);
    },
    PATIENCE_MS,
  );

  test(
    "and the socket's handler lose nothing that a client insists on, whichever call of it fails and wherever it dies",
    async () => {
      await service.startFanout();
      const live = async (fault?: CallOutcome) => {
        const faults = new FaultPlan(fault);
        service.gateway.handler = (event) => service.socket(faults.process(service.parts))(event);
        const id = await service.submit({ count: 1 });
        const received = retryUntilAnswered(id);
        await service.drawJob(id);
        expectWhole(await received, await recordOf(id));
        await vi.waitFor(
          async () => expect(await service.parts.connections.findByTopic(jobTopic(id))).toEqual([]),
          15_000,
        );
        return faults;
      };
      const { calls } = await live();
      expect(calls.slice(0, 8)).toEqual([
        ...["open", "find", "acknowledge", "send"],
        ...["find", "subscribe", "get", "lock"],
      ]);
      for (const fault of faultAtCall(12)) await live(fault).catch((error) => expect([fault, error]).toBeUndefined());
    },
    PATIENCE_MS,
  );
});
