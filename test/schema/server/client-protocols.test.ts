// What unmodified clients send: Apollo's multipart subscriptions, persisted queries and further members of a body.
import { expect, test } from "vitest";
import { CANCEL, Service } from "../../support/schema/service.ts";

const service = new Service();
const APOLLO =
  "multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/graphql-response+json,application/json;q=0.9";
const FOLLOW = "subscription ($id: ID!) { jobEvents(id: $id) { __typename seq } }";

/** The JSON of each part, without the heartbeats. */
function partsOf(body: string): object[] {
  const parts = body.split("\r\n--graphql").slice(1, -1);
  const values = parts.map((part) => JSON.parse(part.slice(part.indexOf("\r\n\r\n"))));
  return values.filter((value) => Object.keys(value).length > 0);
}

test("a subscription is answered as multipart to a client that asks for it", async () => {
  const id = await service.job();
  await service.get(CANCEL, { id });
  const response = await service.fetch({ query: FOLLOW, variables: { id } }, { accept: APOLLO });
  expect(response.headers.get("content-type")).toBe('multipart/mixed;boundary="graphql";subscriptionSpec=1.0');
  const body = await response.text();
  expect(body.endsWith("\r\n--graphql--\r\n")).toBe(true);
  expect(partsOf(body)).toEqual([
    { payload: { data: { jobEvents: { __typename: "Queued", seq: 1 } } } },
    { payload: { data: { jobEvents: { __typename: "Canceled", seq: 2 } } } },
  ]);
});

test("a client that stops reading a multipart subscription ends it", async () => {
  const id = await service.job();
  const response = await service.fetch({ query: FOLLOW, variables: { id } }, { accept: APOLLO });
  const reader = response.body!.getReader();
  await reader.read();
  expect(service.store.listeners.has(id)).toBe(true);
  await reader.cancel();
  await expect.poll(() => service.store.listeners.has(id)).toBe(false);
});

test("queries of the same client, and refused subscriptions, are answered as JSON", async () => {
  const answers = [{ query: "{ viewer { owner } }" }, { query: FOLLOW, variables: { id: "none" } }];
  for (const body of answers) {
    const response = await service.fetch(body, { accept: APOLLO });
    expect(response.headers.get("content-type")).toMatch(/^application\/(graphql-response\+)?json/);
  }
});

const persisted = { persistedQuery: { version: 1, sha256Hash: "0".repeat(64) } };

test("a hash in place of an operation is answered as the protocol says, by POST and by GET", async () => {
  const refusal = { message: "PersistedQueryNotSupported", extensions: { code: "PERSISTED_QUERY_NOT_SUPPORTED" } };
  const post = await service.fetch({ operationName: "Q", variables: {}, extensions: persisted });
  expect([post.status, await post.json()]).toMatchObject([200, { errors: [refusal] }]);
  const query = new URLSearchParams({ operationName: "Q", extensions: JSON.stringify(persisted) });
  const get = await service.api.yoga.fetch(`http://unclip.test/graphql?${query}`, {
    headers: { authorization: "Bearer ada" },
  });
  expect([get.status, await get.json()]).toMatchObject([200, { errors: [refusal] }]);
  const whole = await service.fetch({ query: "{ viewer { owner } }", extensions: persisted });
  expect(await whole.json()).toEqual({ data: { viewer: { owner: "ada" } } });
});

test("further members of a body are ignored", async () => {
  const response = await service.fetch({ query: "{ viewer { owner } }", operationType: "query", key: 1 });
  expect(await response.json()).toEqual({ data: { viewer: { owner: "ada" } } });
});

test.each(["application/json", "application/graphql-response+json", "*/*"])(
  "a body without a query is refused with 400 to a client that accepts %s",
  async (accept) => {
    const response = await service.fetch({ qeury: "{ viewer { owner } }" }, { accept });
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { errors: [{ message: "Must provide query string.", extensions: { code: "BAD_REQUEST" } }] },
    ]);
  },
);

test.each([
  [406, { method: "POST", accept: "image/png" }],
  [405, { method: "PUT", accept: "*/*" }],
  [405, { method: "DELETE", accept: "application/json" }],
])("a refusal with status %d has a JSON body with a code", async (status, { method, accept }) => {
  const headers = { authorization: "Bearer ada", "content-type": "application/json", accept };
  const body = method === "DELETE" ? null : JSON.stringify({ query: "{ viewer { owner } }" });
  const response = await service.api.yoga.fetch("http://unclip.test/graphql", { method, headers, body });
  expect([response.status, ((await response.json()) as { errors: object[] }).errors]).toMatchObject([
    status,
    [{ message: expect.any(String), extensions: { code: expect.any(String) } }],
  ]);
});
