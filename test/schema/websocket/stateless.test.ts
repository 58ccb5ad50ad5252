// Operations whose socket nobody holds open: what the handlers of API Gateway ask for, over the ports in memory.
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { StatelessOperations } from "../../../schema/index.ts";
import { type Answer, Service } from "../../support/schema/service.ts";
import { FOLLOW } from "../../support/schema/stream.ts";

const VIEWER = { owner: "ada", quota: 20 };

let service: Service;
let detached: StatelessOperations;
beforeEach(() => {
  service = new Service({ cors: ["https://app.example.com"] });
  detached = service.api.stateless;
});

const told = async (id: string, query = FOLLOW, viewer = VIEWER, after = 0) => {
  const record = (await service.store.get(id))!;
  const events = record.events.slice(after);
  const answers = await detached.execute({ query, variables: { id, after } }, viewer, record, events);
  if ("errors" in answers) return answers;
  const results: Answer[] = [];
  for await (const result of answers) results.push(result);
  return results;
};

describe("an operation", () => {
  test("is answered", async () => {
    const { type, ...answer } = await detached.start({ query: "{ viewer { owner } }" }, VIEWER);
    expect([type, answer]).toEqual(["ANSWERED", { result: { data: { viewer: { owner: "ada" } } } }]);
  });

  test("says what it follows, by whatever name and with whatever it was asked, and listens to nothing", async () => {
    const id = await service.job();
    const query = `query a { __typename } subscription b($a: ID!, $on: Int = 2) { e: jobEvents(id: $a, after: $on) { ...c } } fragment c on JobEvent { seq }`;
    const begun = await detached.start({ query, operationName: "b", variables: { a: id } }, VIEWER);
    expect(begun).toEqual({ type: "FOLLOWS", job: id, after: 2 });
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
  ])("of %s says why not", async (_, payload, type, code) => {
    const begun = (await detached.start(payload, VIEWER)) as Answer;
    expect(begun.type).toBe(type);
    const [{ extensions }] = begun.errors ?? begun.result.errors;
    expect(extensions).toMatchObject({ code, requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    expect(extensions.http).toBeUndefined();
  });
});

describe("a subscription", () => {
  test("is told of the events at hand, one answer each, and ends", async () => {
    const id = await service.job();
    await service.draw(id);
    const results = (await told(id)) as Answer[];
    expect(results.map(({ data }) => data.jobEvents.seq)).toEqual([1, 2, 3, 4, 5]);
    expect(results[2].data.jobEvents.picture.url).toContain(`pictures/${id}/0.png`);
    const rest = (await told(id, FOLLOW, VIEWER, 3)) as Answer[];
    expect(rest.map(({ data }) => data.jobEvents.seq)).toEqual([4, 5]);
    expect(service.store.listeners.size).toBe(0);
  });

  test("is told nothing of somebody else's job, and nothing that the schema no longer has", async () => {
    const id = await service.job();
    expect(await told(id, FOLLOW, { owner: "bob", quota: 1 })).toMatchObject({
      errors: [{ extensions: { code: "NOT_FOUND" } }],
    });
    const query = "subscription ($id: ID!) { jobEvents(id: $id) { gone } }";
    expect(await told(id, query)).toMatchObject({ errors: [{ extensions: { code: "GRAPHQL_VALIDATION_FAILED" } }] });
  });

  test("hears of our own faults no more than their id", async () => {
    const id = await service.job();
    await service.draw(id);
    vi.spyOn(service.blobs, "signGet").mockRejectedValue(new Error("secret"));
    const results = (await told(id)) as Answer[];
    expect(results).toHaveLength(5);
    const [{ extensions }] = results[2].errors;
    expect(extensions).toEqual({ code: "INTERNAL_SERVER_ERROR", requestId: service.logged[0]!.requestId });
    expect(service.logged[0]).toMatchObject({ error: { message: "secret" } });
  });
});

test("lets in pages from where they may come", () => {
  const from = (origin: string) => detached.mayConnect(new Headers({ origin, host: "api.example.com" }));
  expect(["https://app.example.com", "https://api.example.com", "https://evil.example.com"].map(from)).toEqual([
    true,
    true,
    false,
  ]);
});
