// The edges of the protocols, against one server.
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import type { Running } from "../../../functions/local/start.ts";
import { startOn } from "../../support/local/start.ts";

const CONNECTIONS = 20;
let folder: string;
let running: Running;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "unclip-edges-"));
  running = await startOn(folder, { connections: CONNECTIONS });
});
afterAll(async () => {
  await running.close();
  await rm(folder, { recursive: true, force: true });
});

/** The server's whole answer to these bytes. */
function raw(text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(Number(new URL(running.url).port), "127.0.0.1", () => socket.write(text));
    socket.on("data", (data) => (answer += data)).on("close", () => resolve(answer));
  });
}

test("an upgrade of an unknown path is answered with 404", async () => {
  const upgrade = "Host: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n";
  const key = `Sec-WebSocket-Key: ${Buffer.alloc(16).toString("base64")}\r\n\r\n`;
  expect(await raw(`GET /elsewhere HTTP/1.1\r\n${upgrade}${key}`)).toMatch(/^HTTP\/1\.1 404 Not Found\r\n/);
});

test("an idle connection is kept for longer than proxies keep theirs", async () => {
  const response = await fetch(`${running.url}/health`);
  const [, seconds] = /timeout=(\d+)/.exec(response.headers.get("keep-alive") ?? "") ?? [];
  expect(Number(seconds)).toBeGreaterThan(60);
});

test("a refused upgrade closes the connection, even if the client does not", async () => {
  const { port } = new URL(running.url);
  const socket = connect({ port: Number(port), host: "127.0.0.1", allowHalfOpen: true });
  const closed = new Promise<string>((resolve) =>
    socket.on("error", ({ code }: NodeJS.ErrnoException) => resolve(code!)),
  );
  socket.write("GET /elsewhere HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  socket.resume().on("end", () => {
    // A closed connection answers data with a reset.
    const writing = setInterval(() => socket.write("x"), 10);
    socket.on("close", () => clearInterval(writing));
  });
  expect(await closed).toMatch(/^(ECONNRESET|EPIPE)$/);
});

test.each([
  "forwarded",
  "via",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
  "x-real-ip",
  "x-client-ip",
  "true-client-ip",
  "cf-connecting-ip",
  "x-original-host",
])("a request that came through a proxy needs a key: %s", async (name) => {
  const ask = (headers: Record<string, string>) =>
    fetch(`${running.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ query: "{ viewer { owner } }" }),
    });
  expect((await ask({ [name]: "for=192.0.2.1" })).status).toBe(401);
  expect((await ask({})).status).toBe(200);
});

test("more connections than the limit are closed at once, the others are served", async () => {
  const { port } = new URL(running.url);
  const outcome = () =>
    new Promise<string>((resolve) => {
      const socket = connect(Number(port), "127.0.0.1");
      socket.write("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
      socket.on("error", () => {}).on("close", () => resolve("closed"));
      socket.once("data", (data) => resolve(String(data).slice(0, "HTTP/1.1 200".length)));
      onTestFinished(() => void socket.destroy());
    });
  const outcomes = await Promise.all(Array.from({ length: CONNECTIONS + 5 }, outcome));
  // Those of earlier tests may still be open.
  expect(outcomes.filter((one) => one === "closed").length).toBeGreaterThanOrEqual(5);
  expect(new Set(outcomes)).toEqual(new Set(["closed", "HTTP/1.1 200"]));
});
