import { createServer, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { Webhook as Verifier } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { JobRecord, Webhook } from "../../../infra/jobs/job.ts";
import { accept } from "../../../infra/jobs/transitions.ts";
import { ForbiddenAddress } from "../../../infra/webhooks/address.ts";
import { deliver, deriveWebhookSecret } from "../../../infra/webhooks/deliver.ts";
import { failureText } from "../../../infra/webhooks/failure-text.ts";
import { listen } from "../../support/listen.ts";

type Received = { readonly headers: IncomingMessage["headers"]; readonly body: string };

const MASTER = new Uint8Array(32).fill(7);
const NOW = Date.now();
const OPTIONS = { deploymentSecret: MASTER, now: NOW, networks: "loopback" } as const;
let received: Received[];
let answer: { status: number; headers?: Record<string, string> };
let url: string;
const server = createServer(async (request, response) => {
  received.push({ headers: request.headers, body: await text(request) });
  response.writeHead(answer.status, answer.headers).end("a body nobody reads");
});

beforeEach(async () => {
  received = [];
  answer = { status: 204 };
  url = `http://127.0.0.1:${await listen(server)}/hook`;
});
afterEach(() => new Promise((closed) => server.close(closed)));

function job(webhook: Partial<Webhook> = {}): JobRecord & { webhook: Webhook } {
  const request = { kind: "generate", prompt: "x", count: 1, seed: 1, size: 64, preset: "draft" } as const;
  const order = { id: "abc", owner: "ada", request, fingerprint: "f", pictures: 1, startSeconds: 60, endSeconds: 60 };
  return { ...accept(order, NOW), webhook: { url, state: "WAITING", tries: 0, ...webhook } };
}

describe("a webhook", () => {
  test("arrives with a verifiable signature and the job's id", async () => {
    const webhook = { url, state: "DELIVERED", tries: 1, lastStatus: 204 };
    expect(await deliver(job(), { hello: "world" }, OPTIONS)).toEqual({ webhook });
    const [{ headers, body }] = received as [Received];
    expect(headers["webhook-id"]).toBe("job_abc");
    const verifier = new Verifier(deriveWebhookSecret("ada", MASTER));
    expect(verifier.verify(body, headers as Record<string, string>)).toEqual({ hello: "world" });
    const stranger = new Verifier(deriveWebhookSecret("bob", MASTER));
    expect(() => stranger.verify(body, headers as Record<string, string>)).toThrow();
  });

  test("is retried at growing intervals, and finally fails", async () => {
    answer = { status: 500 };
    let state = job().webhook;
    const pauses: number[] = [];
    while (state.state === "WAITING") {
      state = (await deliver(job(state), {}, OPTIONS)).webhook;
      if (state.nextAt !== undefined) pauses.push((state.nextAt - NOW) / 1000);
    }
    expect(state).toMatchObject({ state: "FAILED", tries: 10, lastStatus: 500, lastError: /500/ });
    expect(pauses).toHaveLength(9);
    expect(pauses[0]).toBeGreaterThanOrEqual(4);
    expect(pauses[0]).toBeLessThanOrEqual(6);
    expect(pauses.at(-1)).toBeGreaterThan(60_000);
  });

  test("respects the receiver's Retry-After", async () => {
    answer = { status: 429, headers: { "retry-after": "1000" } };
    const { webhook } = await deliver(job(), {}, OPTIONS);
    expect(webhook.nextAt).toBe(NOW + 1_000_000);
  });

  test("follows no redirect", async () => {
    answer = { status: 302, headers: { location: url } };
    expect((await deliver(job(), {}, OPTIONS)).webhook).toMatchObject({
      state: "WAITING",
      lastStatus: 302,
    });
    expect(received).toHaveLength(1);
  });

  test("is retried after an answer that opens another protocol", async () => {
    server.prependOnceListener("request", (_, response) => {
      response.socket!.end("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    });
    const { webhook } = await deliver(job(), {}, OPTIONS);
    expect(webhook).toMatchObject({ state: "WAITING", tries: 1, lastStatus: 101 });
  });

  test("fails for good at 410 and at a forbidden address", async () => {
    answer = { status: 410 };
    expect((await deliver(job(), {}, OPTIONS)).webhook).toMatchObject({
      state: "FAILED",
      lastStatus: 410,
    });
    const inside = job({ url: "https://169.254.169.254/" });
    expect((await deliver(inside, {}, OPTIONS)).webhook).toMatchObject({
      state: "FAILED",
      lastError: /private/,
    });
  });

  test("is retried when the receiver cannot be reached, and the reason is only for the log", async () => {
    await new Promise((closed) => server.close(closed));
    const { webhook, error } = await deliver(job(), {}, OPTIONS);
    expect(webhook).toMatchObject({ state: "WAITING", tries: 1, lastError: "The receiver could not be reached." });
    expect(error).toMatchObject({ code: "ECONNREFUSED" });
    await listen(server);
  });
});

test.each([
  [Object.assign(new Error("getaddrinfo ENOTFOUND x"), { code: "ENOTFOUND" }), /host name/],
  [Object.assign(new Error("expired"), { code: "CERT_HAS_EXPIRED" }), /TLS/],
  [Object.assign(new Error("connect ECONNREFUSED 10.0.0.1:22"), { code: "ECONNREFUSED" }), /^The receiver could not/],
  [AbortSignal.abort(new DOMException("", "TimeoutError")).reason, /in time/],
  [new ForbiddenAddress("The webhook's URL is no URL."), /is no URL/],
])("a caller sees our words for an error, and no address or port (%#)", (error, text) => {
  expect(failureText(error)).toMatch(text);
  expect(failureText(error)).not.toMatch(/[A-Z]{5}|[0-9]/);
});
