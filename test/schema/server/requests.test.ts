import { createServer } from "node:http";
import { describe, expect, test, vi } from "vitest";
import { OPERATION_LIMITS } from "../../../schema/server/use-operation-limits.ts";
import { listen } from "../../support/listen.ts";
import { type Answer, GENERATE, Service } from "../../support/schema/service.ts";

const service = new Service();
const first = async (response: Response): Promise<Answer> => ((await response.json()) as Answer).errors[0];

describe("a request without a valid key", () => {
  test.each(["", "Bearer", "Bearer eve", "Basic ada", "ada"])("is refused with 401: %j", async (authorization) => {
    for (const query of ["{ viewer { owner } }", "{ __schema { queryType { name } } }"]) {
      const response = await service.fetch({ query }, { authorization });
      expect(response.status).toBe(401);
      const requestId = response.headers.get("x-request-id");
      expect((await first(response)).extensions).toMatchObject({ code: "UNAUTHENTICATED", requestId });
    }
  });
});

describe("an internal error", () => {
  test("is masked, and logged in full with the request's id", async () => {
    const broken = new Service();
    vi.spyOn(broken.store, "get").mockRejectedValue(new Error("secret at 10.0.0.3"));
    const response = await broken.fetch({ query: '{ job(id: "a") { id } }' }, { "x-request-id": "request-1" });
    const text = await response.text();
    expect(text).not.toContain("secret");
    expect(text).not.toContain("stack");
    const { data, errors } = JSON.parse(text);
    expect(data).toEqual({ job: null });
    expect(errors).toEqual([
      {
        message: "Internal server error. Quote request id request-1 when you report it.",
        locations: [{ line: 1, column: 3 }],
        path: ["job"],
        extensions: { code: "INTERNAL_SERVER_ERROR", requestId: "request-1" },
      },
    ]);
    expect(broken.logged).toMatchObject([{ error: { message: "secret at 10.0.0.3" }, requestId: "request-1" }]);
  });

  test("is masked if it occurs before GraphQL", async () => {
    const broken = new Service({ authenticate: () => Promise.reject(new Error("no database")) });
    const response = await broken.fetch({ query: "{ viewer { owner } }" });
    expect(response.status).toBe(500);
    expect(await first(response)).toMatchObject({ extensions: { code: "INTERNAL_SERVER_ERROR" } });
    expect(broken.logged).toMatchObject([{ error: { message: "no database" } }]);
  });
});

test("a valid request id of the caller is used; otherwise a new one is generated", async () => {
  const idOf = async (given: string) =>
    (await service.fetch({ query: "{" }, { "x-request-id": given })).headers.get("x-request-id");
  expect(await idOf("1-67891233-abcdef012345678912345678")).toBe("1-67891233-abcdef012345678912345678");
  expect(await idOf('a"}')).toMatch(/^[0-9a-f-]{36}$/);
  expect(await idOf("x".repeat(129))).toMatch(/^[0-9a-f-]{36}$/);
});

describe("an operation is limited", () => {
  const deep = (depth: number) => `{ jobs { nodes ${"{ events { job ".repeat(depth)}{ id }${" } }".repeat(depth)} } }`;
  const wide = (n: number) => `{ ${Array.from({ length: n }, (_, i) => `a${i}: viewer { owner }`).join(" ")} }`;
  const spread = "fragment A on Query { ...B } fragment B on Query { ...A } { ...A }";
  test.each([
    ["depth", deep(6), "LIMIT_EXCEEDED"],
    ["aliases", wide(OPERATION_LIMITS.aliases + 1), "LIMIT_EXCEEDED"],
    ["tokens", `{ viewer { ${"owner ".repeat(OPERATION_LIMITS.tokens)} } }`, "LIMIT_EXCEEDED"],
    ["directives", `{ viewer { owner ${"@include(if: true) ".repeat(21)} } }`, "LIMIT_EXCEEDED"],
    ["characters", `{ viewer { owner } } # ${"x".repeat(OPERATION_LIMITS.characters)}`, "LIMIT_EXCEEDED"],
    ["cost", "{ jobs(first: 100) { nodes { events(first: 500) { seq } } } }", "LIMIT_EXCEEDED"],
    ["recursive fragments", spread, "GRAPHQL_VALIDATION_FAILED"],
    [
      "nested introspection",
      `{ __type(name: "Job") ${"{ fields { type ".repeat(6)}{ name }${" } }".repeat(6)} }`,
      undefined,
    ],
  ])("in %s", async (_, query, code) => {
    // Twice: the second answer may come from a cache.
    for (const _ of [1, 2]) {
      const response = await service.fetch({ query });
      const requestId = response.headers.get("x-request-id");
      const { extensions } = await first(response);
      expect(extensions).toMatchObject({ requestId, ...(code !== undefined && { code }) });
    }
  });

  test("but the examples of GraphiQL stay well within the limits", async () => {
    const full = `{ jobs(first: 50) { edges { cursor node {
      id kind status createdAt endedAt request { seed size } pictures { index seed score url urlExpiresAt } } } } }`;
    expect((await service.ask(full)).errors).toBeUndefined();
    expect((await service.ask(wide(OPERATION_LIMITS.aliases))).errors).toBeUndefined();
  });
});

describe("a request body", () => {
  const status = async (body: string, headers?: Record<string, string>) => (await service.fetch(body, headers)).status;

  test("over the limit is not read", async () => {
    const large = JSON.stringify({ query: "{ viewer { owner } }", variables: { x: "x".repeat(10_000_000) } });
    const response = await service.fetch(large);
    expect(response.status).toBe(413);
    expect((await first(response)).extensions).toMatchObject({ code: "REQUEST_ENTITY_TOO_LARGE" });
    expect(await status("{}", { "content-length": "10000000" })).toBe(413);
  });

  test("without a content-length is counted, over a real connection that stays open", async () => {
    const server = createServer(service.api.yoga);
    const url = `http://127.0.0.1:${await listen(server)}/graphql`;
    const send = async (text: string) => {
      const body = new Blob([text]).stream();
      const headers = { "content-type": "application/json", authorization: "Bearer ada" };
      // Node wants `duplex`, which its types do not know.
      return fetch(url, { method: "POST", headers, body, duplex: "half" } as RequestInit);
    };
    const query = "{ viewer { owner } }";
    for (const _ of [1, 2, 3]) {
      expect((await send(JSON.stringify({ query, variables: { x: "x".repeat(3_000_000) } }))).status).toBe(413);
      const answered = await send(JSON.stringify({ query }));
      expect(await answered.json()).toEqual({ data: { viewer: { owner: "ada" } } });
    }
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  test.each([
    ["not JSON", "{"],
    ["empty", ""],
    ["a number", "7"],
    ["null", "null"],
    ["without a query", "{}"],
    ["with a query that is not a string", '{"query":7}'],
    ["with variables that are not an object", '{"query":"{ viewer { owner } }","variables":[]}'],
    ["a batch", '[{"query":"{ viewer { owner } }"},{"query":"{ viewer { owner } }"}]'],
    ["a syntax error", '{"query":"{ viewer { "}'],
  ])("that is %s is refused with 400 and a request id", async (_, body) => {
    const response = await service.fetch(body, { accept: "application/graphql-response+json" });
    expect(response.status).toBe(400);
    const { extensions } = await first(response);
    expect(extensions.requestId).toBe(response.headers.get("x-request-id"));
    expect(extensions.code).toMatch(/^(BAD_REQUEST|GRAPHQL_PARSE_FAILED)$/);
  });

  // Pages of any origin may send these without a preflight.
  test.each(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""])(
    "of type %j is refused with 415",
    async (type) => {
      const query = encodeURIComponent('mutation { generate(input: { prompt: "x" }) { __typename } }');
      expect(await status(`query=${query}`, { "content-type": type })).toBe(415);
    },
  );
});

describe("an unreadable request is refused with 400", () => {
  test("for a body that is cut off", async () => {
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(Buffer.from('{"query":')),
      pull: (controller) => controller.error(new Error("ECONNRESET")),
    });
    const headers = { "content-type": "application/json", authorization: "Bearer ada" };
    const init = { method: "POST", headers, body, duplex: "half" } as RequestInit;
    const response = await service.api.yoga.fetch("http://unclip.test/graphql", init);
    expect([response.status, (await first(response)).extensions.code]).toEqual([400, "BAD_REQUEST"]);
    expect(service.logged).toEqual([]);
  });

  test.each(["variables={", "variables=%FF", "extensions=[", "variables=7&extensions=x"])(
    "for %s in a URL",
    async (wrong) => {
      const url = `http://unclip.test/graphql?query={viewer{owner}}&${wrong}`;
      const response = await service.api.yoga.fetch(url, { headers: { authorization: "Bearer ada" } });
      expect([response.status, (await first(response)).extensions.code]).toEqual([400, "BAD_REQUEST"]);
      expect(service.logged).toEqual([]);
    },
  );
});

test("a mutation by GET is refused with 405", async () => {
  const url = `http://unclip.test/graphql?query=${encodeURIComponent('mutation { cancel(id: "x") { __typename } }')}`;
  const response = await service.api.yoga.fetch(url, { headers: { authorization: "Bearer ada" } });
  expect(response.status).toBe(405);
});

describe("pages of other origins", () => {
  const allowed = "https://app.example.com";
  const open = new Service({ cors: [allowed] });
  const headersFor = async (from: Service, origin: string, method: string) => {
    const response = await from.api.yoga.fetch("http://unclip.test/graphql", { method, headers: { origin } });
    return response.headers;
  };

  test("are allowed by exact origin only, without credentials", async () => {
    const headers = await headersFor(open, allowed, "OPTIONS");
    expect(headers.get("access-control-allow-origin")).toBe(allowed);
    expect(headers.get("access-control-allow-credentials")).toBeNull();
    expect(headers.get("access-control-allow-headers")).toContain("authorization");
  });

  test("that are refused are reported once each, and the server's own never", async () => {
    const refused: string[] = [];
    const reporting = new Service({ cors: [allowed], onRefusedOrigin: (origin) => refused.push(origin) });
    for (const origin of ["https://a.example", allowed, "https://b.example", "https://a.example"]) {
      await headersFor(reporting, origin, "GET");
    }
    const own = { origin: "http://unclip.test", host: "unclip.test" };
    await reporting.api.yoga.fetch("http://unclip.test/graphql?query={__typename}", { headers: own });
    expect(refused).toEqual(["https://a.example", "https://b.example"]);
  });

  test.each([
    ["another", open, "https://evil.example.com"],
    ["null", open, "null"],
    ["a longer one", open, `${allowed}.evil.com`],
    ["any, by default", service, allowed],
  ])("%s is not", async (_, from, origin) => {
    for (const method of ["OPTIONS", "GET"]) {
      expect((await headersFor(from, origin, method)).get("access-control-allow-origin")).toBeNull();
    }
  });
});

describe("introspection", () => {
  const query = "{ __schema { types { name } } }";
  const typo = "{ viewer { ownr } }";

  test("returns the schema when it is on, with suggestions for misspelt fields", async () => {
    expect((await service.get(query)).types.length).toBeGreaterThan(50);
    expect((await service.ask(typo)).errors![0]!.message).toContain('Did you mean "owner"');
  });

  test("returns neither schema nor suggestions when it is off", async () => {
    const closed = new Service({ introspection: false });
    expect((await closed.ask(query)).errors![0]!.extensions).toMatchObject({ code: "GRAPHQL_VALIDATION_FAILED" });
    expect((await closed.ask(typo)).errors![0]!.message).not.toContain("owner");
    expect((await closed.ask(GENERATE, { input: { prompt: "a boat" } })).errors).toBeUndefined();
  });
});
