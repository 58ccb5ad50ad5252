// Operations of sockets that no process holds open, as API Gateway's handlers use them, on in-memory ports.
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { StatelessOperations } from "../../../schema/index.ts";
import { type Answer, Service } from "../../support/schema/service.ts";
import { FOLLOW } from "../../support/schema/stream.ts";

const VIEWER = { owner: "ada", quota: 20 };

let service: Service;
let operations: StatelessOperations;
beforeEach(() => {
  service = new Service({ cors: ["https://app.example.com"] });
  operations = service.api.stateless;
});

const execute = async (id: string, query = FOLLOW, viewer = VIEWER, after = 0) => {
  const record = (await service.store.get(id))!;
  const events = record.events.slice(after);
  const answers = await operations.execute({ query, variables: { id, after } }, viewer, {
    job: id,
    events: events.map((event) => ({ event, record })),
  });
  if ("errors" in answers) return answers;
  const results: Answer[] = [];
  for await (const result of answers) results.push(result);
  return results;
};

describe("StatelessOperations.start", () => {
  test("answers a query", async () => {
    const { type, ...answer } = await operations.start({ query: "{ viewer { owner } }" }, VIEWER);
    expect([type, answer]).toEqual(["ANSWERED", { result: { data: { viewer: { owner: "ada" } } } }]);
  });

  test("returns the job and seq that a subscription follows, through aliases, fragments and defaults, without a listener", async () => {
    const id = await service.job();
    const query = `query a { __typename } subscription b($a: ID!, $on: Int = 2) { e: jobEvents(id: $a, after: $on) { ...c } } fragment c on JobEvent { seq }`;
    const started = await operations.start({ query, operationName: "b", variables: { a: id } }, VIEWER);
    expect(started).toEqual({ type: "FOLLOWS", job: id, after: 2 });
    expect(service.store.listeners.size).toBe(0);
  });

  test.each([
    ["a syntax error", { query: "{" }, "REFUSED", "GRAPHQL_PARSE_FAILED"],
    [
      "no operation of the name",
      { query: "{ __typename }", operationName: "b" },
      "REFUSED",
      "OPERATION_RESOLUTION_FAILURE",
    ],
    ["no job", { query: FOLLOW, variables: { id: "a" } }, "ANSWERED", "NOT_FOUND"],
  ])("refuses %s with an error code", async (_, payload, type, code) => {
    const started = (await operations.start(payload, VIEWER)) as Answer;
    expect(started.type).toBe(type);
    const [{ extensions }] = started.errors ?? started.result.errors;
    expect(extensions).toMatchObject({ code, requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    expect(extensions.http).toBeUndefined();
  });
});

describe("StatelessOperations.execute", () => {
  test("returns one result per event, and ends", async () => {
    const id = await service.job();
    await service.draw(id);
    const results = (await execute(id)) as Answer[];
    expect(results.map(({ data }) => data.jobEvents.seq)).toEqual([1, 2, 3, 4, 5]);
    expect(results[2].data.jobEvents.picture.url).toContain(`pictures/${id}/0.png`);
    const rest = (await execute(id, FOLLOW, VIEWER, 3)) as Answer[];
    expect(rest.map(({ data }) => data.jobEvents.seq)).toEqual([4, 5]);
    expect(service.store.listeners.size).toBe(0);
  });

  test("refuses another owner's job, and fields that the schema no longer has", async () => {
    const id = await service.job();
    expect(await execute(id, FOLLOW, { owner: "bob", quota: 1 })).toMatchObject({
      errors: [{ extensions: { code: "NOT_FOUND" } }],
    });
    const query = "subscription ($id: ID!) { jobEvents(id: $id) { gone } }";
    expect(await execute(id, query)).toMatchObject({ errors: [{ extensions: { code: "GRAPHQL_VALIDATION_FAILED" } }] });
  });

  test("masks internal errors, except for their request id", async () => {
    const id = await service.job();
    await service.draw(id);
    vi.spyOn(service.blobs, "signGet").mockRejectedValue(new Error("secret"));
    const results = (await execute(id)) as Answer[];
    expect(results).toHaveLength(5);
    const [{ extensions }] = results[2].errors;
    expect(extensions).toEqual({ code: "INTERNAL_SERVER_ERROR", requestId: service.logged[0]!.requestId });
    expect(service.logged[0]).toMatchObject({ error: { message: "secret" } });
  });
});

test("mayConnect accepts allowed origins and the server's own, and no other", () => {
  const from = (origin: string) => operations.mayConnect(new Headers({ origin, host: "api.example.com" }));
  expect(["https://app.example.com", "https://api.example.com", "https://evil.example.com"].map(from)).toEqual([
    true,
    true,
    false,
  ]);
});
