// Limits of a caller over API Gateway's WebSockets, and sockets without a caller.
import { afterEach, expect, test, vi } from "vitest";
import { sweeperHandler } from "../../../../functions/aws/sweeper-handler.ts";
import type { CallerLimits } from "../../../../infra/auth/caller-limits.ts";
import { awsConnections } from "../../../../infra/aws/connections.ts";
import { systemClock } from "../../../../infra/ports.ts";
import { contextWith, silent } from "../../../support/aws/lambda-events.ts";
import { dynamo, onMoto } from "../../../support/aws/moto-resources.ts";
import type { RawSocket } from "../../../support/aws/raw-socket.ts";
import { ADA, BOB, SocketService } from "../../../support/aws/socket-service.ts";
import { FOLLOW } from "../../../support/schema/stream.ts";

const OWNER = { query: "{ viewer { owner } }" };
const limited = (limit: string) => [{ extensions: { code: "RATE_LIMITED", limit } }];
const INIT_MS = 3_000;

onMoto("a caller's limits over API Gateway", () => {
  let service: SocketService;
  afterEach(() => service.close());
  const open = async (limits: CallerLimits) => {
    service = await SocketService.open({ limits });
  };
  const greeted = async (authorization = ADA): Promise<RawSocket> => {
    const raw = await service.raw();
    raw.send({ type: "connection_init", payload: { authorization } });
    expect(await raw.next()).toEqual({ type: "connection_ack" });
    return raw;
  };
  const follow = (raw: RawSocket, id: string, job: string) =>
    raw.send({ id, type: "subscribe", payload: { query: FOLLOW, variables: { id: job } } });

  test("each operation is a request, and the delivery of an event is none", async () => {
    await open({ requestsPerMinute: 4 });
    await service.startFanout();
    const job = await service.submit();
    const raw = await greeted();
    follow(raw, "1", job);
    const ended = vi.waitFor(async () => expect(await raw.next()).toMatchObject({ id: "1", type: "complete" }), 15_000);
    await service.drawJob(job);
    await ended;
    for (const id of ["2", "3"]) {
      raw.send({ id, type: "subscribe", payload: OWNER });
      expect(await raw.next()).toMatchObject({ id, type: "next" });
      expect(await raw.next()).toMatchObject({ id, type: "complete" });
    }
    raw.send({ id: "4", type: "subscribe", payload: OWNER });
    expect(await raw.next()).toMatchObject({ id: "4", type: "error", payload: limited("requestsPerMinute") });
  });

  test("subscriptions count over all sockets, until they or their sockets end", async () => {
    await open({ streams: 2 });
    const job = await service.submit();
    const [one, other] = [await greeted(), await greeted()];
    const begin = async (raw: RawSocket, id: string) => {
      follow(raw, id, job);
      expect(await raw.next()).toMatchObject({ id, type: "next", payload: { data: { jobEvents: { seq: 1 } } } });
      await service.gateway.settled();
    };
    await begin(one, "1");
    await begin(other, "1");
    follow(other, "2", job);
    expect(await other.next()).toMatchObject({ id: "2", type: "error", payload: limited("streams") });
    one.send({ id: "1", type: "complete" });
    await vi.waitFor(() => begin(other, "2"), 15_000);
    follow(one, "2", job);
    expect(await one.next()).toMatchObject({ id: "2", type: "error", payload: limited("streams") });
  });

  test("sockets count from when their caller is known until they close", async () => {
    await open({ sockets: 1 });
    const one = await service.raw({ headers: { authorization: ADA } });
    await expect(service.raw({ headers: { authorization: ADA } })).rejects.toThrow("429");
    const other = await service.raw();
    other.send({ type: "connection_init", payload: { authorization: ADA } });
    expect(await other.next()).toMatchObject({
      id: "connection_init",
      type: "error",
      payload: [{ extensions: { code: "RATE_LIMITED" } }],
    });
    await other.closed;
    await greeted(BOB);
    // A message that no client may send closes it.
    one.send({ type: "connection_ack" });
    await one.closed;
    await service.gateway.settled();
    await greeted();
    expect(service.logged).toEqual([]);
  });

  test("a socket without connection_init is closed by the sweeper, others stay", async () => {
    await open({ sockets: 2 });
    const silentOne = await service.raw();
    const known = await service.raw({ headers: { authorization: ADA } });
    const raw = await greeted();
    const sweepAt = async (milliseconds: number) => {
      const clock = { now: () => systemClock.now() + milliseconds };
      const connections = awsConnections(dynamo, service.table, clock, service.limiter);
      await sweeperHandler({ ...service.parts, jobs: service.jobs, connections, log: silent })(
        undefined,
        contextWith(),
      );
    };
    await sweepAt(0);
    for (const socket of [silentOne, known]) socket.send({ type: "ping" });
    for (const socket of [silentOne, known]) expect(await socket.next()).toEqual({ type: "pong" });
    await sweepAt(INIT_MS);
    await Promise.all([silentOne.closed, known.closed]);
    raw.send({ id: "1", type: "subscribe", payload: OWNER });
    expect(await raw.next()).toMatchObject({ id: "1", type: "next" });
    await service.gateway.settled();
    await greeted();
  });
});
