// The whole process, killed without warning while it draws, as often as UNCLIP_KILLS says (4): whatever was accepted ends
// once, with every picture, and nothing is torn.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";

const KILLS = Number(process.env.UNCLIP_KILLS ?? 4);
/** A start, and at most so long a life. */
const EACH_MS = 20_000;
const LIFE_MS = 2_500;

type Event = { readonly __typename: string; readonly seq: number };
type Job = {
  readonly status: string;
  readonly attempt: number;
  readonly pictures: readonly { readonly url: string }[];
  readonly events: readonly Event[];
};

let folder: string;
let server: { readonly process: ChildProcess; readonly url: string };

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "unclip-killed-"));
});
afterAll(async () => {
  server.process.kill("SIGKILL");
  await rm(folder, { recursive: true, force: true });
});

/** Resolves when it says where it serves. */
async function begin(): Promise<typeof server> {
  const env = {
    ...process.env,
    PORT: "0",
    UNCLIP_DATA: folder,
    UNCLIP_BUNDLE: "test/bundles/tiny",
    UNCLIP_LOG: "silent",
  };
  const child = spawn(process.execPath, ["--import", "tsx", "functions/local/main.ts"], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`The server ended with ${code}`)));
    child.stdout!.on("data", (data) => {
      const found = /http:\S+(?=\/graphql)/.exec(String(data));
      if (found) resolve(found[0]);
    });
  });
  return { process: child, url };
}

async function kill({ process: child }: typeof server): Promise<void> {
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
}

async function ask<T>(query: string): Promise<T> {
  const body = JSON.stringify({ query });
  const response = await fetch(`${server.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  const { data, errors } = (await response.json()) as { data: T; errors?: unknown };
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

/** Submits until it is killed; each answered id is a promise to keep. */
async function submit(accepted: string[], count: number): Promise<void> {
  const query = `mutation { generate(input: { prompt: "a cat", size: PX64, preset: DRAFT, count: ${count} }) { ... on Job { id } } }`;
  const { generate } = await ask<{ generate: { id: string } }>(query);
  accepted.push(generate.id);
}

test(`keeps every promise through ${KILLS} kills`, { timeout: 60_000 + KILLS * EACH_MS }, async () => {
  const accepted: string[] = [];
  for (let i = 0; i < KILLS; i++) {
    server = await begin();
    const submitting = Promise.allSettled([submit(accepted, 1 + (i % 3)), submit(accepted, 2)]);
    await pause(Math.random() * LIFE_MS);
    await kill(server);
    await submitting;
  }
  expect(accepted.length).toBeGreaterThan(0);
  server = await begin();
  const { jobs } = await ask<{ jobs: { edges: { node: { id: string } }[] } }>(
    "{ jobs(first: 100) { edges { node { id } } } }",
  );
  // A job whose answer was lost with the process may be there too, and is kept as well as the others.
  const known = new Set(jobs.edges.map(({ node }) => node.id));
  for (const id of accepted.slice(-90)) expect(known).toContain(id);
  for (const id of new Set([...accepted, ...known])) await expectKept(id);
});

async function expectKept(id: string): Promise<void> {
  const query = `{ job(id: "${id}") { status attempt request { ... on GenerateRequest { count } } pictures { url } events { __typename seq } } }`;
  const read = async () => (await ask<{ job: Job & { request: { count: number } } }>(query)).job;
  await expect.poll(async () => (await read()).status, { timeout: 60_000, interval: 100 }).toBe("SUCCEEDED");
  const { pictures, events, request } = await read();
  expect(pictures).toHaveLength(request.count);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1));
  expect(events.filter(({ __typename }) => __typename === "PictureReady")).toHaveLength(request.count);
  expect(events.findIndex(({ __typename }) => __typename === "Succeeded")).toBe(events.length - 1);
  for (const { url } of pictures) {
    const bytes = Buffer.from(await (await fetch(url)).arrayBuffer());
    expect([bytes.subarray(1, 4).toString(), bytes.subarray(-8, -4).toString()]).toEqual(["PNG", "IEND"]);
  }
}
