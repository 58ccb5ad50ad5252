import { brotliDecompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { createAuthenticator } from "../../../functions/aws/authenticate.ts";
import { graphqlHandler } from "../../../functions/aws/graphql-handler.ts";
import { ORIGIN_HEADER } from "../../../functions/aws/http.ts";
import { type ApiKey, mintKey } from "../../../infra/auth/api-keys.ts";
import { ownerFromSubject } from "../../../infra/auth/oidc.ts";
import { systemClock } from "../../../infra/ports.ts";
import type { ApiOptions } from "../../../schema/index.ts";
import { type HttpEventOptions, httpEvent } from "../../support/aws/lambda-events.ts";
import { startIssuer } from "../../support/aws/oidc-issuer.ts";
import { Service } from "../../support/schema/service.ts";

const ADA = { authorization: "Bearer ada" };
const GENERATE = 'mutation { generate(input: { prompt: "a red boat", size: 64 }) { ... on Job { id status } } }';

function begin(options: Partial<ApiOptions> = {}) {
  const service = new Service(options);
  const handler = graphqlHandler(service);
  const runQuery = async (requests: HttpEventOptions) => {
    const { statusCode, headers, body } = await handler(httpEvent(requests));
    return { status: statusCode, headers: headers as Record<string, string>, body: body ?? "" };
  };
  return { service, runQuery };
}

describe("an event of an HTTP API", () => {
  test("with a mutation is answered after its message was sent", async () => {
    const { service, runQuery } = begin();
    const { status, body } = await runQuery({ query: GENERATE, headers: ADA });
    const { generate } = JSON.parse(body).data;
    expect([status, generate.status]).toEqual([200, "QUEUED"]);
    expect([...service.queue.messages].map(({ job }) => job)).toEqual([{ id: generate.id }]);
    expect(service.store.records.get(generate.id)?.sentAt).toBeDefined();
  });

  test("is answered although the message could not be sent", async () => {
    const { service, runQuery } = begin();
    service.queue.send = async () => {
      throw new Error("SQS is down");
    };
    const { body } = await runQuery({ query: GENERATE, headers: ADA });
    expect(JSON.parse(body).data.generate.status).toBe("QUEUED");
  });

  test("may have a base64 body, a query in its URL, and Unicode names", async () => {
    const { runQuery } = begin();
    const query = "query ($text: String!) { search(text: $text) { score } viewer { owner } }";
    const variables = { text: "ein rotes Boot, 雨, 🚤" };
    for (const base64 of [false, true]) {
      const { body } = await runQuery({ query, variables, headers: ADA, base64 });
      expect(JSON.parse(body)).toEqual({ data: { search: [], viewer: { owner: "ada" } } });
    }
    const rawQueryString = new URLSearchParams({ query, variables: JSON.stringify(variables) }).toString();
    const { body } = await runQuery({ method: "GET", rawQueryString, headers: ADA });
    expect(JSON.parse(body).data.viewer).toEqual({ owner: "ada" });
  });

  test("is refused, with a valid key too, if it did not come through CloudFront", async () => {
    const service = new Service();
    const handler = graphqlHandler({ ...service, jobs: service.jobs, originSecret: "secret" });
    const answer = async (headers: Record<string, string>) => {
      const { statusCode, body } = await handler(httpEvent({ query: GENERATE, headers: { ...ADA, ...headers } }));
      return [statusCode, JSON.parse(body!)] as const;
    };
    for (const headers of [{}, { [ORIGIN_HEADER]: "" }, { [ORIGIN_HEADER]: "secret " }, { [ORIGIN_HEADER]: "guess" }]) {
      expect(await answer(headers as Record<string, string>)).toMatchObject([
        403,
        { errors: [{ extensions: { code: "FORBIDDEN" } }] },
      ]);
    }
    expect(service.store.records.size).toBe(0);
    expect(await answer({ [ORIGIN_HEADER]: "secret" })).toMatchObject([
      200,
      { data: { generate: { status: "QUEUED" } } },
    ]);
  });

  test("is answered whatever its headers contain", async () => {
    const { runQuery } = begin();
    const { status, body } = await runQuery({
      query: "{ viewer { owner } }",
      headers: { ...ADA, "x-place": "東京 →" },
    });
    expect([status, JSON.parse(body).data.viewer]).toEqual([200, { owner: "ada" }]);
  });

  test("is answered below Lambda's 6 MB limit, even with GraphiQL's largest file", async () => {
    const handler = graphqlHandler(new Service({ graphiql: true }));
    const headers = { accept: "text/html", "accept-encoding": "gzip, br" };
    const page = await handler(httpEvent({ method: "GET", headers }));
    const name = /file=(graphiql-\w+\.js)/.exec(page.body!)![1]!;
    const file = { method: "GET" as const, rawQueryString: `file=${name}`, headers: { ...headers, accept: "*/*" } };
    const answer = await handler(httpEvent(file));
    expect(JSON.stringify(answer).length).toBeLessThan(6 * 1024 * 1024);
    expect(answer).toMatchObject({ headers: { "content-encoding": "br" }, isBase64Encoded: true });
    expect(brotliDecompressSync(Buffer.from(answer.body!, "base64")).toString()).toContain("YogaGraphiQL");
    const small = await handler(httpEvent({ query: "{ __typename }", headers: { ...ADA, "accept-encoding": "gzip" } }));
    expect(JSON.parse(small.body!)).toEqual({ data: { __typename: "Query" } });
  });

  test("uses the caller's request id, or else AWS's", async () => {
    const { runQuery } = begin();
    const requests = { query: "{ viewer { owner } }", headers: ADA };
    expect((await runQuery(requests)).headers["x-request-id"]).toBe("JKJaXmPLvHcESHA=");
    const named = { ...requests, headers: { ...ADA, "x-request-id": "mine-1" } };
    expect((await runQuery(named)).headers["x-request-id"]).toBe("mine-1");
  });

  test.each(["text/event-stream", "*/*", "text/html,*/*;q=0.8", ""])(
    "of a client that accepts %j never waits for events, and the response says where they are",
    async (accept) => {
      const { service, runQuery } = begin();
      const { id } = await service.generate();
      const query = `subscription { jobEvents(id: "${id}") { seq } }`;
      const { status, body } = await runQuery({ query, headers: { ...ADA, accept } });
      expect([status, JSON.parse(body).errors[0].extensions.code]).toEqual([406, "NOT_ACCEPTABLE"]);
      expect(service.store.listeners.size).toBe(0);
      const whole = await runQuery({ query: "{ viewer { owner } }", headers: { ...ADA, accept } });
      expect([whole.status, whole.headers["content-type"]]).toEqual([200, expect.stringMatching(/^application\//)]);
    },
  );

  test("may be a CORS preflight or a request for GraphiQL", async () => {
    const { runQuery } = begin({ cors: ["https://app.example"] });
    const origin = { origin: "https://app.example", "access-control-request-method": "POST" };
    const preflight = await runQuery({ method: "OPTIONS", headers: origin });
    expect([preflight.status, preflight.headers["access-control-allow-origin"]]).toEqual([204, "https://app.example"]);
    const page = await runQuery({ method: "GET", headers: { accept: "text/html,application/xhtml+xml,*/*;q=0.8" } });
    expect([page.status, page.headers["content-type"]]).toEqual([200, expect.stringContaining("text/html")]);
  });
});

describe("a caller", () => {
  async function gate() {
    const { key, secret } = mintKey({ name: "app", owner: "keyed", quota: 3 }, 0);
    const keys = { find: async (id: string): Promise<ApiKey | undefined> => (id === key.id ? key : undefined) };
    const issuer = await startIssuer();
    const oidc = { issuer: issuer.issuer, audience: "unclip" };
    const { service, runQuery } = begin({
      authenticate: createAuthenticator({ keys, oidc, quota: 9, clock: systemClock }).authenticate,
    });
    const as = async (bearer: string) => {
      const { status, body } = await runQuery({
        query: "{ viewer { owner quota } }",
        headers: { authorization: `Bearer ${bearer}` },
      });
      const { data, errors } = JSON.parse(body);
      return { status, viewer: data?.viewer, code: errors?.[0].extensions.code, logged: service.logged.length };
    };
    return { as, secret, issuer };
  }

  test("with an API key sees its owner's jobs", async () => {
    const { as, secret, issuer } = await gate();
    expect(await as(secret)).toMatchObject({ status: 200, viewer: { owner: "keyed", quota: 3 } });
    expect(issuer.requests).toEqual([]);
  });

  test("with a token of the issuer acts as its subject, never as the owner of an API key", async () => {
    const { as, issuer, secret } = await gate();
    expect(await as(await issuer.token())).toMatchObject({
      status: 200,
      viewer: { owner: ownerFromSubject("ada"), quota: 9 },
    });
    const { viewer } = await as(await issuer.token({ sub: "auth0|5f7c8ec7" }));
    expect(viewer.owner).toMatch(/^sub\.[\w-]{43}$/);
    const keyed = await as(secret);
    expect((await as(await issuer.token({ sub: keyed.viewer.owner }))).viewer.owner).not.toBe(keyed.viewer.owner);
  });

  test("with anything else gets 401, and nothing is logged as an error", async () => {
    const { as, secret, issuer } = await gate();
    const wrong = `${secret.slice(0, -1)}${secret.endsWith("0") ? "1" : "0"}`;
    const expired = await issuer.token({ expires: -60 });
    const others = await issuer.token({ audience: "elsewhere" });
    for (const bearer of [wrong, "unclip_00000000_0", "", expired, others]) {
      expect(await as(bearer)).toEqual({ status: 401, viewer: undefined, code: "UNAUTHENTICATED", logged: 0 });
    }
  });

  test("gets a masked error when the issuer does not answer", async () => {
    const { as, secret, issuer } = await gate();
    issuer.break(true);
    const token = await issuer.token();
    expect(await as(token)).toMatchObject({ status: 500, code: "INTERNAL_SERVER_ERROR", logged: 1 });
    expect(await as(secret)).toMatchObject({ status: 200 });
  });
});
