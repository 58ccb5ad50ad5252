// graphql-ws's own client against our handlers, through the fixture of API Gateway.
import { ScanCommand } from "@aws-sdk/client-dynamodb";
import type { Client } from "graphql-ws";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Tenant } from "../../../../infra/jobs/tenant.ts";
import { dynamoSdk, onMoto } from "../../../support/aws/moto-resources.ts";
import { ADA, all, BOB, SocketService, seqs, take } from "../../../support/aws/socket-service.ts";
import { type Answer, GENERATE, picture } from "../../../support/schema/service.ts";
import { FOLLOW } from "../../../support/schema/stream.ts";

const SOON = { timeout: 15_000 };

onMoto("GraphQL over API Gateway's WebSockets", () => {
  let service: SocketService;
  beforeEach(async () => {
    service = await SocketService.open({ policy: { operationsPerSocket: 3 } });
    await service.startFanout();
  });
  afterEach(() => service.close());

  /** Stored rows of sockets and subscriptions, without jobs and keys. */
  const rows = async () => {
    const { Items } = await dynamoSdk.send(new ScanCommand({ TableName: service.table }));
    return Items!.map(({ sk }) => sk!.S!.split("#")[0]!).filter((kind) => kind !== "RECORD" && kind !== "KEY");
  };
  const expectRows = (...kinds: string[]) =>
    vi.waitFor(async () => expect((await rows()).sort()).toEqual(kinds.sort()), SOON);
  const follow = (id: string, after = 0, client: Client = service.client()) =>
    client.iterate<Answer>({ query: FOLLOW, variables: { id, after } });
  const errorOf = async (query: string, variables: Record<string, unknown> = {}, client: Client = service.client()) => {
    const first = client.iterate<Answer>({ query, variables }).next();
    return first.then(
      ({ value }) => value.errors[0],
      (errors) => errors[0],
    );
  };

  test("runs queries, mutations and subscriptions to their end", async () => {
    const client = service.client();
    const one = await all(client.iterate({ query: "{ viewer { owner } }" }));
    expect(one).toEqual([{ data: { viewer: { owner: "ada" } } }]);
    const input = { prompt: "a boat", size: 64 };
    const [accepted] = await all(client.iterate({ query: GENERATE, variables: { input } }));
    const { id } = accepted.data.generate;
    const following = all(follow(id, 0, client));
    await service.drawJob(id);
    const answers = await following;
    expect(seqs(answers)).toEqual([1, 2, 3, 4, 5]);
    const events = answers.map(({ data }) => data.jobEvents);
    expect(events[3].picture.url).toContain(`pictures/${id}/0.png`);
    expect(events[4]).toMatchObject({ __typename: "Succeeded", job: { status: "SUCCEEDED" } });
    await expectRows();
  });

  test("replays an ended job with only the last of successive progress events", async () => {
    const id = await service.submit({ count: 1 });
    const attempt = await service.attempt(id);
    for (const stage of ["prior", "decoder", "upsampler"]) {
      await attempt.progress({ stage, picture: 0, pictures: 1, step: 1, steps: 1 });
    }
    await attempt.succeed([picture(id, 0)], { warnings: [], timings: [] });
    expect(seqs(await all(follow(id)))).toEqual([1, 2, 5, 6, 7]);
    expect(seqs(await all(follow(id, 6)))).toEqual([7]);
    expect(await all(follow(id, 7))).toEqual([]);
    expect(await all(follow(id, 100))).toEqual([]);
  });

  test("carries several subscriptions that can be completed one by one", async () => {
    const client = service.client();
    const [first, second] = [await service.submit(), await service.submit()];
    const [one, other] = [follow(first, 0, client), follow(second, 0, client)];
    expect(seqs([...(await take(one, 1)), ...(await take(other, 1))])).toEqual([1, 1]);
    await expectRows("SOCKET", "SUB", "SUB");
    await one.return!();
    await expectRows("SOCKET", "SUB");
    await Promise.all([service.drawJob(first), service.drawJob(second)]);
    expect(seqs(await all(other))).toEqual([2, 3, 4, 5, 6, 7]);
  });

  test("resumes with `after` without losing or repeating an event", async () => {
    const id = await service.submit({ count: 4 });
    const attempt = await service.attempt(id);
    const seen: number[] = [];
    for (let index = 0; index < 4; index++) {
      const events = follow(id, seen.at(-1) ?? 0);
      await attempt.addPicture(picture(id, index));
      seen.push(...seqs(await take(events, index === 0 ? 3 : 1)));
      service.gateway.break();
      await events.next().catch(() => {});
    }
    await attempt.succeed(attempt.job.drawn, { warnings: [], timings: [] });
    seen.push(...seqs(await all(follow(id, seen.at(-1)))));
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7]);
    await expectRows();
  });

  test("survives the gateway's idle and total time limits by reconnecting", async () => {
    const { gateway, gatewayClock } = service;
    const id = await service.submit({ count: 1 });
    let connections = 0;
    const client = service.client({ retryAttempts: 5, on: { connected: () => void connections++ } });
    const events = follow(id, 0, client);
    await take(events, 1);
    for (const seconds of [601, 7_201]) {
      const before = connections;
      gatewayClock.pass(seconds);
      gateway.age();
      await vi.waitFor(() => expect(connections).toBe(before + 1), SOON);
      // The client subscribes again with the same arguments, so it receives the whole log again.
      expect(seqs(await take(events, 1))).toEqual([1]);
    }
    await service.drawJob(id);
    expect(seqs(await all(events))).toEqual([2, 3, 4, 5]);
    await expectRows();
  });

  test("is kept open by pings for at most two hours", async () => {
    const { gateway, gatewayClock } = service;
    const raw = await service.raw();
    for (let minutes = 0; minutes < 117; minutes += 9) {
      gatewayClock.pass(9 * 60);
      raw.send({ type: "ping", payload: { minutes } });
      expect(await raw.next()).toEqual({ type: "pong", payload: { minutes } });
      gateway.age();
    }
    gatewayClock.pass(181);
    gateway.age();
    expect(await raw.closed).toBe(1001);
  });

  test("removes a connection whose $disconnect was lost at the next event", async () => {
    const [id, other] = [await service.submit(), await service.submit()];
    const client = service.client();
    await take(follow(id, 0, client), 1);
    await take(follow(other, 0, client), 1);
    service.gateway.losesDisconnects = true;
    await client.terminate();
    await expectRows("SOCKET", "SUB", "SUB");
    await service.attempt(id);
    await expectRows();
    expect(service.logged).toEqual([]);
  });

  test("answers LIMIT_EXCEEDED for results beyond 128 KB", async () => {
    const long = (name: string) => `${name[0]}${"x".repeat(15_000)}: ${name}`;
    const id = await service.submit({ count: 10 });
    const client = service.client();
    const query = `subscription ($id: ID!) { jobEvents(id: $id) { seq job { pictures { ${long("url")} } } } }`;
    const events = client.iterate<Answer>({ query, variables: { id } });
    expect(seqs(await take(events, 1))).toEqual([1]);
    await service.drawJob(id);
    const refused = await all(events).catch((errors) => errors);
    expect(refused[0]).toMatchObject({ extensions: { code: "LIMIT_EXCEEDED" } });
    expect(refused[0].message).toContain("128 KB");
    const requests = `query ($id: ID!) { job(id: $id) { pictures { ${long("url")} } } }`;
    expect(await errorOf(requests, { id }, client)).toMatchObject({ extensions: { code: "LIMIT_EXCEEDED" } });
    await expectRows();
  });

  test("limits the number of concurrent operations", async () => {
    const id = await service.submit();
    const client = service.client();
    const live = Array.from({ length: 3 }, () => follow(id, 0, client));
    await Promise.all(live.map((events) => take(events, 1)));
    const refused = await errorOf(FOLLOW, { id }, client);
    expect(refused).toMatchObject({ extensions: { code: "LIMIT_EXCEEDED" } });
    await live[0]!.return!();
    await expectRows("SOCKET", "SUB", "SUB");
    expect(seqs(await take(follow(id, 0, client), 1))).toEqual([1]);
  });

  test("limits the number of followers of a job, and of all jobs of an owner", async () => {
    service.gateway.handler = service.socket({ followersPerJob: 2 });
    const id = await service.submit();
    const live = [follow(id), follow(id)];
    await Promise.all(live.map((events) => take(events, 1)));
    const refused = await errorOf(FOLLOW, { id });
    expect(refused).toMatchObject({ extensions: { code: "LIMIT_EXCEEDED" } });
    expect(refused!.message).toContain("A job has at most 2 subscriptions over WebSockets");
    const events = "subscription { events { cursor } }";
    const all = [service.client(), service.client()].map((client) => client.iterate<Answer>({ query: events }));
    await Promise.all(all.map((one) => take(one, 1)));
    expect((await errorOf(events))!.message).toContain("The jobs of an owner have at most 2 subscriptions");
  });

  test.each([
    ["a syntax error", "{ viewer {", {}],
    ["an unknown field", "{ viewer { ownr } }", {}],
    ["a wrong variable", GENERATE, { input: { prompt: 7 } }],
    ["more than one operation", "query a { __typename } query b { __typename }", {}],
    ["an unknown job", FOLLOW, { id: "nothing" }],
    ["a number out of range", FOLLOW, { id: "nothing", after: -1 }],
    ["too much nesting", `{ ${"viewer { ".repeat(14)} owner ${"}".repeat(14)} }`, {}],
    ["too many values", GENERATE, { input: { prompt: "a", mix: Array.from({ length: 500 }, () => "a") } }],
    [
      "too costly a query",
      "{ jobs(first: 100) { edges { node { events(first: 1000) { job { events { seq } } } } } } }",
      {},
    ],
  ])("answers %s with the same error as over HTTP", async (_, query, variables) => {
    const headers = { "content-type": "application/json", authorization: ADA, accept: "text/event-stream" };
    const body = JSON.stringify({ query, variables });
    const response = await service.api.yoga.fetch("http://unclip.test/graphql", { method: "POST", headers, body });
    const [, json] = /(\{"(?:data|errors)".*\})/.exec(await response.text()) ?? [];
    const [{ message, extensions }] = JSON.parse(json!).errors;
    const requestId = expect.stringMatching(/^[0-9a-f-]{36}$/);
    const received = await errorOf(query, variables);
    expect(received).toMatchObject({ message, extensions: { code: extensions.code, requestId } });
    expect(Object.keys(received.extensions)).toEqual(Object.keys(extensions));
  });

  test("answers for another owner's job as for a missing one", async () => {
    const id = await service.submit({}, BOB);
    expect(await errorOf(FOLLOW, { id })).toMatchObject({ extensions: { code: "NOT_FOUND" } });
    const query = "query ($id: ID!) { job(id: $id) { id } }";
    expect(await all(service.client().iterate({ query, variables: { id } }))).toEqual([{ data: { job: null } }]);
    await expectRows();
  });

  test("masks and logs internal errors, and continues", async () => {
    const get = vi.spyOn(Tenant.prototype, "get").mockRejectedValueOnce(new Error("secret"));
    const client = service.client();
    const error = await errorOf('{ job(id: "a") { id } }', {}, client);
    expect(error.extensions.code).toBe("INTERNAL_SERVER_ERROR");
    expect(error.message).toContain(error.extensions.requestId);
    expect(service.logged).toMatchObject([{ message: "secret" }]);
    get.mockRejectedValueOnce(new Error("another secret"));
    expect(await errorOf(FOLLOW, { id: "a" }, client)).toMatchObject({ extensions: { code: "INTERNAL_SERVER_ERROR" } });
    expect(await all(client.iterate({ query: "{ viewer { owner } }" }))).toHaveLength(1);
  });
});
