// The subscription `events` over API Gateway: the events of all jobs of a caller, although functions run twice, late or at
// the same time, and die.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ownerTopic } from "../../../../infra/aws/connection-items.ts";
import { FaultPlan, faultAtCall } from "../../../support/aws/fault-at-call.ts";
import { onMoto } from "../../../support/aws/moto-resources.ts";
import { BOB, SocketService, take } from "../../../support/aws/socket-service.ts";
import type { Answer } from "../../../support/schema/service.ts";
import { FOLLOW_ALL } from "../../../support/schema/stream.ts";

const PATIENCE_MS = 240_000;

onMoto("the events of all jobs", () => {
  let service: SocketService;
  beforeEach(async () => {
    service = await SocketService.open();
  });
  afterEach(() => service.close());

  const follow = (after?: string) =>
    service.client().iterate<Answer>({ query: FOLLOW_ALL, variables: { after: after ?? null } });
  const nodes = (answers: readonly Answer[]): Answer[] => answers.map(({ data }) => data.events.node);
  const subscriptions = () => service.parts.connections.findByTopic(ownerTopic("ada"));

  /** Resumes after each disconnect, until the last event of each of these jobs came. */
  const retryUntilAnswered = async (ids: readonly string[]): Promise<Answer[]> => {
    const seen: Answer[] = [];
    let after: string | undefined;
    const hasEnded = (id: string) => seen.some(({ job, __typename }) => job.id === id && __typename === "Succeeded");
    while (!ids.every(hasEnded)) {
      try {
        for await (const { data, errors } of follow(after)) {
          if (errors) throw errors;
          after = data.events.cursor;
          seen.push(data.events.node);
          if (ids.every(hasEnded)) break;
        }
      } catch {}
    }
    return seen;
  };

  /** Expects each event of a job, except steps replaced by later ones, in the order of the log at first delivery. */
  const expectWhole = async (seen: readonly Answer[], id: string) => {
    const { events } = (await service.parts.store.get(id))!;
    const first = [...new Set(seen.filter(({ job }) => job.id === id).map(({ seq }) => seq))];
    expect(first).toEqual([...first].sort((a, b) => a - b));
    expect(events.filter(({ seq, type }) => type !== "PROGRESS" && !first.includes(seq))).toEqual([]);
  };

  test("come in order within each job when records are repeated, concurrent or reordered", {
    timeout: PATIENCE_MS,
  }, async () => {
    const early = await service.submit({ count: 1 });
    await service.startFanout(service.fanout(), { seed: 11, retry: 0.3, duplicate: 0.5 });
    const ids = [early];
    const foreign = await service.submit({ count: 1 }, BOB);
    const open = follow();
    expect(nodes(await take(open, 1))).toMatchObject([{ seq: 1, job: { id: early } }]);
    await open.return!();
    await expect.poll(subscriptions, { timeout: 15_000 }).toEqual([]);
    for (let more = 0; more < 4; more++) ids.push(await service.submit({ count: 2 }));
    const readers = [retryUntilAnswered(ids), retryUntilAnswered(ids)];
    await Promise.all([...ids, foreign].map((id) => service.drawJob(id)));
    for (const seen of await Promise.all(readers)) {
      for (const id of ids) await expectWhole(seen, id);
      expect(seen.filter(({ job }) => job.id === foreign)).toEqual([]);
    }
    expect(service.logged).toEqual([]);
  });

  test("come with those of one job over the same socket, and stop when the client completes them", async () => {
    const id = await service.submit({ count: 1 });
    const client = service.client();
    const all = client.iterate<Answer>({ query: FOLLOW_ALL });
    const one = client.iterate<Answer>({
      query: "subscription ($id: ID!) { jobEvents(id: $id) { seq } }",
      variables: { id },
    });
    expect(nodes(await take(all, 1))).toMatchObject([{ seq: 1, job: { id } }]);
    expect(await take(one, 1)).toMatchObject([{ data: { jobEvents: { seq: 1 } } }]);
    await service.startFanout();
    await service.attempt(id);
    expect(nodes(await take(all, 1))).toMatchObject([{ seq: 2, __typename: "Started" }]);
    expect(await take(one, 1)).toMatchObject([{ data: { jobEvents: { seq: 2 } } }]);
    await all.return!();
    await expect.poll(subscriptions, { timeout: 15_000 }).toEqual([]);
  });

  test("lose nothing, whichever call of a function fails and wherever it dies", { timeout: PATIENCE_MS }, async () => {
    const live = async (fault?: ConstructorParameters<typeof FaultPlan>[0]) => {
      const faults = new FaultPlan(fault);
      service.gateway.handler = (event) => service.socket(faults.process(service.parts))(event);
      const id = await service.submit({ count: 1 });
      const received = retryUntilAnswered([id]);
      await service.drawJob(id);
      await expectWhole(await received, id);
      await vi.waitFor(async () => expect(await subscriptions()).toEqual([]), 15_000);
      return faults;
    };
    await service.startFanout();
    const { calls } = await live();
    expect(calls.slice(0, 7)).toEqual(["open", "find", "acknowledge", "send", "find", "subscribe", "lock"]);
    // Those of a `subscribe`: fanout.test.ts has the others.
    const faults = faultAtCall(9).filter(({ nth }) => nth >= 5);
    for (const fault of faults) await live(fault).catch((error) => expect([fault, error]).toBeUndefined());
  });
});
