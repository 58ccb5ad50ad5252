import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { UnsafeExposureError } from "../../../functions/local/authenticate.ts";
import { type Running, start } from "../../../functions/local/start.ts";
import { mintKey } from "../../../infra/auth/api-keys.ts";
import { type LocalSettings, localSettings } from "../../../infra/config/env.ts";
import { DataFolderError } from "../../../infra/local/data-folder.ts";
import { keyFile } from "../../../infra/local/key-file.ts";
import { DATA_HEADERS } from "../../../schema/index.ts";

let folder: string;
let running: Running[];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "unclip-start-"));
  running = [];
});
afterEach(async () => {
  await Promise.all(running.map((one) => one.close()));
  await rm(folder, { recursive: true, force: true });
});

async function begin(change: Partial<LocalSettings> = {}): Promise<Running> {
  const defaults = localSettings({
    PORT: "0",
    UNCLIP_DATA: folder,
    UNCLIP_BUNDLE: "test/bundles/tiny",
    UNCLIP_LOG: "silent",
  });
  const started = await start({ ...defaults, ...change });
  running.push(started);
  return started;
}

async function runQuery(url: string, query: string, headers: Record<string, string> = {}) {
  const body = JSON.stringify({ query });
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body,
  });
  return { status: response.status, ...(await response.json()) };
}

/** The server's response to these bytes. It may close the connection or leave it open. */
function raw(url: string, text: string): Promise<string> {
  return new Promise((resolve) => {
    let notified = "";
    const socket = connect(Number(new URL(url).port), "127.0.0.1", () => socket.write(text));
    socket.on("data", (data) => {
      notified += data;
      socket.end();
    });
    socket.on("close", () => resolve(notified));
    socket.on("error", () => resolve(notified));
  });
}

const DRAW = 'mutation { generate(input: { prompt: "a red apple", size: 64, preset: DRAFT }) { ... on Job { id } } }';

describe("npm start", () => {
  test("draws a picture that its URL opens, and reports its health", async () => {
    const { url, open } = await begin();
    expect(open).toBe(true);
    const { data } = await runQuery(url, DRAW);
    const events = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "text/event-stream" },
      body: JSON.stringify({
        query: `subscription { jobEvents(id: "${data.generate.id}") { __typename ... on PictureReady { picture { url } } } }`,
      }),
    });
    const received = await events.text();
    expect(received.match(/"__typename":"\w+"/g)?.at(-1)).toContain("Succeeded");
    const link = /"url":"([^"]+)"/.exec(received)![1]!;
    const picture = await fetch(link);
    expect(picture.headers.get("content-type")).toBe("image/png");
    expect(
      Buffer.from(await picture.arrayBuffer())
        .subarray(1, 4)
        .toString(),
    ).toBe("PNG");
    expect(await (await fetch(`${url}/health`)).json()).toEqual({ status: "ok", model: "tiny", workers: 1 });
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toMatch(/unclip_attempt_seconds_count\{outcome="SUCCEEDED"\} 1/);
    expect(metrics).toMatch(/unclip_stage_seconds_count\{stage="decoder"\} 1/);
    expect(metrics).toMatch(/unclip_queue_messages\{state="ready"\} 0/);
  });

  test("finds pictures by a caption, even while a job runs", async () => {
    const { url } = await begin();
    const draw = async (input: string): Promise<string> => {
      const query = `mutation { generate(input: { prompt: "a red apple", size: 64, ${input} }) { ... on Job { id } } }`;
      return (await runQuery(url, query)).data.generate.id;
    };
    const status = async (id: string) => (await runQuery(url, `{ job(id: "${id}") { status } }`)).data.job.status;
    const drawn = await draw("preset: DRAFT, count: 3");
    await expect.poll(() => status(drawn), { timeout: 20_000 }).toBe("SUCCEEDED");
    const long = await draw("preset: DRAFT, count: 16, steps: 200");
    await expect.poll(() => status(long)).toBe("RUNNING");
    const query = '{ search(text: "a red apple") { score picture { score } job { id } } }';
    const matches: { score: number; picture: { score: number }; job: object }[] = (await runQuery(url, query)).data
      .search;
    expect(await status(long)).toBe("RUNNING");
    expect(matches.map(({ job }) => job)).toEqual(Array(3).fill({ id: drawn }));
    // The search text is the pictures' caption, so both scores are the same cosine.
    for (const { score, picture } of matches) expect(score).toBeCloseTo(picture.score, 2);
    const scores = matches.map(({ score }) => score);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  });

  test("refuses a second server on the same data until the first one closes", async () => {
    const first = await begin();
    await expect(begin()).rejects.toThrow(DataFolderError);
    await expect(begin()).rejects.toThrow(new RegExp(`in use by process ${process.pid}`));
    await first.close();
    await begin();
  });

  test("releases a running job when it closes, and the next start draws it", async () => {
    const first = await begin();
    const query = DRAW.replace("preset: DRAFT", "preset: BEST, count: 4");
    const { data } = await runQuery(first.url, query);
    const status = async (url: string) =>
      (await runQuery(url, `{ job(id: "${data.generate.id}") { status attempt } }`)).data.job as {
        status: string;
        attempt: number;
      };
    await expect.poll(async () => (await status(first.url)).status).toBe("RUNNING");
    await first.close();
    const { url } = await begin();
    await expect.poll(() => status(url), { timeout: 20_000 }).toEqual({ status: "SUCCEEDED", attempt: 2 });
  });

  test("requires a key once there is one", async () => {
    const { url } = await begin();
    const keys = keyFile(folder);
    const { key, secret } = mintKey({ name: "app", owner: "ada", quota: 3 }, 0);
    expect((await runQuery(url, "{ viewer { owner } }")).data.viewer).toEqual({ owner: "local" });
    await keys.add(key);
    expect(await runQuery(url, "{ viewer { owner } }")).toMatchObject({ status: 401 });
    const bearer = { authorization: `Bearer ${secret}` };
    expect((await runQuery(url, "{ viewer { owner quota } }", bearer)).data.viewer).toEqual({ owner: "ada", quota: 3 });
    expect((await fetch(`${url}/metrics`)).status).toBe(401);
    await keys.revoke(key.id);
  });

  test("is never exposed to the network without a key", async () => {
    await expect(begin({ host: "0.0.0.0" })).rejects.toThrow(UnsafeExposureError);
    await expect(begin({ url: "https://pictures.example.com" })).rejects.toThrow(UnsafeExposureError);
    const { url } = await begin();
    const open = "{ viewer { owner } }";
    // Through a proxy, and from a page whose name was made to point here.
    expect(await runQuery(url, open, { "x-forwarded-for": "203.0.113.9" })).toMatchObject({ status: 401 });
    const body = JSON.stringify({ query: open });
    const head = `POST /graphql HTTP/1.1\r\nHost: evil.example\r\nContent-Type: application/json\r\n`;
    expect(await raw(url, `${head}Content-Length: ${body.length}\r\n\r\n${body}`)).toMatch(/^HTTP\/1.1 401/);
  });

  test("survives malformed requests", async () => {
    const { url } = await begin();
    const upgrade =
      "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n\r\n";
    await raw(url, `GET // HTTP/1.1\r\nHost: 127.0.0.1\r\n${upgrade}`);
    await raw(url, `GET /elsewhere HTTP/1.1\r\nHost: 127.0.0.1\r\n${upgrade}`);
    expect(await raw(url, "GET / HTTP/1.1\r\nHost: a b\r\n\r\n")).toMatch(/^HTTP\/1.1 400/);
    expect(await raw(url, "\0\0\0\r\n\r\n")).toMatch(/^HTTP\/1.1 400/);
    expect((await fetch(`${url}/health/x/graphql`)).status).toBe(404);
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  test("says with every answer that it is no page to run or to frame", async () => {
    const { url } = await begin();
    for (const place of ["/health", "/metrics", "/elsewhere", "/blobs/x", "/graphql", "/graphql?query={__typename}"]) {
      const { headers } = await fetch(`${url}${place}`, { redirect: "manual" });
      expect([place, Object.fromEntries(headers)]).toEqual([place, expect.objectContaining(DATA_HEADERS)]);
    }
    expect(await raw(url, "GET / HTTP/1.1\r\nHost: a b\r\n\r\n")).toMatch(/^x-frame-options: DENY\r$/im);
  });
});
