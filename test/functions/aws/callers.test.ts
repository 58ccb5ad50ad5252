// The caller of a socket is authenticated again for each operation and each event, and no credential is stored.
import { ScanCommand } from "@aws-sdk/client-dynamodb";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createAuthenticator } from "../../../functions/aws/authenticate.ts";
import { ownerFromSubject } from "../../../infra/auth/oidc.ts";
import { jobTopic } from "../../../infra/aws/connection-items.ts";
import { awsKeyStore } from "../../../infra/aws/key-store.ts";
import { systemClock } from "../../../infra/ports.ts";
import { dynamo, dynamoSdk, onMoto } from "../../support/aws/moto-resources.ts";
import { startIssuer } from "../../support/aws/oidc-issuer.ts";
import type { RawSocket } from "../../support/aws/raw-socket.ts";
import { ADA, BOB, KEYS, SocketService } from "../../support/aws/socket-service.ts";
import { streamEvent } from "../../support/aws/stream-events.ts";
import { manualClock } from "../../support/jobs/records.ts";
import { FOLLOW } from "../../support/schema/stream.ts";

const DELIVERED = { batchItemFailures: [] };
const OWNER = { query: "{ viewer { owner } }" };
const REFUSED = { type: "error", payload: [{ extensions: { code: "UNAUTHENTICATED" } }] };
const HOUR_SECONDS = 3_600;

onMoto("a caller over a socket", () => {
  let service: SocketService;
  beforeEach(async () => {
    service = await SocketService.open();
  });
  afterEach(() => service.close());

  const greeted = async (authorization: string, byUpgrade = false): Promise<RawSocket> => {
    const raw = await service.raw(byUpgrade ? { headers: { authorization } } : {});
    raw.send({ type: "connection_init", ...(!byUpgrade && { payload: { authorization } }) });
    expect(await raw.next()).toEqual({ type: "connection_ack" });
    return raw;
  };
  const follow = async (raw: RawSocket, job: string, id = "1") => {
    raw.send({ id, type: "subscribe", payload: { query: FOLLOW, variables: { id: job } } });
    expect(await raw.next()).toMatchObject({ id, type: "next", payload: { data: { jobEvents: { seq: 1 } } } });
    await service.gateway.settled();
  };
  const recordOf = async (id: string) => (await service.parts.store.get(id))!;
  /** All stored rows about sockets; the table's stream contains the same. */
  const kept = async () => {
    const { Items } = await dynamoSdk.send(new ScanCommand({ TableName: service.table }));
    return Items!.filter(({ sk }) => /^(SOCKET|SUB#)/.test(sk!.S!));
  };

  test("leaves no credentials in the table, whether sent by the upgrade or by a message", async () => {
    const id = await service.submit();
    await service.raw({ headers: { authorization: BOB } });
    await follow(await greeted(ADA), id);
    await follow(await greeted(ADA, true), id);
    const rows = await kept();
    expect(rows).toHaveLength(5);
    const text = JSON.stringify(rows);
    expect(text).toContain(KEYS.ada.key.id);
    for (const { secret, key } of Object.values(KEYS)) {
      expect(text).not.toContain(secret.split("_").at(-1));
      expect(text).not.toContain(key.hash);
    }
  });

  test("whose key was revoked is refused, and a subscription ends with an error at its next event", async () => {
    const id = await service.submit();
    const raw = await greeted(ADA);
    await follow(raw, id);
    await awsKeyStore(dynamo, service.table).revoke(KEYS.ada.key.id);
    raw.send({ id: "2", type: "subscribe", payload: OWNER });
    expect(await raw.next()).toMatchObject({ id: "2", ...REFUSED });
    await service.attempt(id);
    expect(await service.fanout()(streamEvent(await recordOf(id)))).toEqual(DELIVERED);
    expect(await raw.next()).toMatchObject({ id: "1", ...REFUSED });
    expect(await service.parts.connections.findByTopic(jobTopic(id))).toEqual([]);
    await expect(greeted(ADA, true)).rejects.toThrow("401");
    const another = await greeted(BOB);
    another.send({ id: "1", type: "subscribe", payload: OWNER });
    expect(await another.next()).toMatchObject({ payload: { data: { viewer: { owner: "bob" } } } });
  });

  test("whose token has expired is refused, and a subscription ends with an error at its next event", async () => {
    const issuer = await startIssuer();
    const clock = manualClock(Date.now());
    const oidc = { issuer: issuer.issuer, audience: "unclip" };
    await service.close();
    service = await SocketService.open({ oidc });
    const authenticator = createAuthenticator({ keys: awsKeyStore(dynamo, service.table), oidc, quota: 9, clock });
    service.gateway.handler = service.socket({ authenticator });
    const token = await issuer.token({ expires: HOUR_SECONDS });
    const id = await service.submit({}, `Bearer ${token}`);
    const raw = await greeted(`Bearer ${token}`);
    await follow(raw, id);
    const text = JSON.stringify(await kept());
    for (const part of token.split(".")) expect(text).not.toContain(part);

    const fanout = service.fanout({ authenticator });
    clock.pass(HOUR_SECONDS - 10);
    await service.attempt(id);
    // Retries as Lambda does while the replay of a subscribe holds the lock on its row.
    await vi.waitFor(async () => expect(await fanout(streamEvent(await recordOf(id)))).toEqual(DELIVERED));
    expect(await raw.next()).toMatchObject({ id: "1", payload: { data: { jobEvents: { seq: 2 } } } });
    clock.pass(20);
    raw.send({ id: "2", type: "subscribe", payload: OWNER });
    expect(await raw.next()).toMatchObject({ id: "2", ...REFUSED });
    await service.jobs.of(ownerFromSubject("ada")).cancel(id);
    await vi.waitFor(async () => expect(await fanout(streamEvent(await recordOf(id)))).toEqual(DELIVERED));
    expect(await raw.next()).toMatchObject({ id: "1", ...REFUSED });
    expect(await service.parts.connections.findByTopic(jobTopic(id))).toEqual([]);
  });

  test("is looked up once per fanout event", async () => {
    const ids = [await service.submit(), await service.submit()];
    const raw = await greeted(ADA);
    for (const [i, id] of [...ids, ...ids].entries()) await follow(raw, id, `${i}`);
    const bob = await service.submit({}, BOB);
    await follow(await greeted(BOB), bob);
    for (const id of [...ids, bob]) await service.attempt(id);
    const keys = awsKeyStore(dynamo, service.table);
    const find = vi.spyOn(keys, "find");
    const fanout = service.fanout({
      authenticator: createAuthenticator({ keys, oidc: undefined, quota: 9, clock: systemClock }),
    });
    const event = streamEvent(...(await Promise.all([...ids, bob].map(recordOf))));
    await vi.waitFor(async () => expect(await fanout(event)).toEqual(DELIVERED));
    expect(find.mock.calls.flat().sort()).toEqual([KEYS.ada.key.id, KEYS.bob.key.id].sort());
    await service.jobs.of("ada").cancel(ids[0]!);
    await vi.waitFor(async () => expect(await fanout(streamEvent(await recordOf(ids[0]!)))).toEqual(DELIVERED));
    expect(find).toHaveBeenCalledTimes(3);
  });

  test("who cannot be looked up gets an internal error, not UNAUTHENTICATED", async () => {
    const broken = { find: () => Promise.reject(new Error("no database")) };
    const authenticator = createAuthenticator({ keys: broken, oidc: undefined, quota: 9, clock: systemClock });
    const raw = await greeted(ADA);
    service.gateway.handler = service.socket({ authenticator });
    raw.send({ id: "1", type: "subscribe", payload: OWNER });
    const masked = { type: "error", payload: [{ extensions: { code: "INTERNAL_SERVER_ERROR" } }] };
    expect(await raw.next()).toMatchObject({ id: "1", ...masked });
    expect(service.logged).toMatchObject([{ message: "no database" }]);
    await expect(service.raw({ headers: { authorization: ADA } })).rejects.toThrow("500");
    const early = await service.raw();
    early.send({ type: "connection_init", payload: { authorization: ADA } });
    expect(await early.closed).toBe(1000);
  });
});
