// The whole process, killed without warning while it draws, as often as UNCLIP_KILLS says (4): whatever was accepted ends
// once, with every picture, and nothing is torn or left held.
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { JobRecord } from "../../../infra/jobs/job.ts";
import { Jobs } from "../../../infra/jobs/jobs.ts";
import { JOB_POLICY } from "../../../infra/jobs/policy.ts";
import { toText } from "../../../infra/local/connection.ts";
import { openDatabase } from "../../../infra/local/database.ts";
import { localJobStore } from "../../../infra/local/job-store.ts";
import { localQueue } from "../../../infra/local/queue.ts";
import { type ServerProcess, startServer } from "../../support/local/process.ts";
import type { Answer } from "../../support/local/run-query.ts";
import { TERMINAL_EVENT } from "../../support/schema/terminal-event.ts";

const KILLS = Number(process.env.UNCLIP_KILLS ?? 4);
/** Time for one start and one kill. */
const EACH_MS = 60_000;
/** Maximum time before a kill. It shrinks while processes finish all jobs in that time, and grows while they leave too many. */
const LIFE_MS = { first: 2_500, least: 500, most: 40_000 };
/** No job is added while this many are unfinished; otherwise a slow machine would draw all of them at the end. */
const OPEN = 6;
/** Time to finish the jobs that the kills interrupted. A message that a dead worker held is hidden for a minute. */
const PATIENCE_MS = 300_000;
const DAY_MS = 86_400_000;

type Event = { readonly __typename: string; readonly seq: number; readonly picture?: { readonly index: number } };
type Job = {
  readonly status: string;
  readonly attempt: number;
  readonly request: { readonly count: number };
  readonly failure: { readonly code: string } | null;
  readonly pictures: readonly { readonly index: number; readonly size: number; readonly url: string }[];
  readonly events: readonly Event[];
};

let folder: string;
let server: ServerProcess;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "unclip-killed-"));
});
afterAll(async () => {
  server.child.kill("SIGKILL");
  await rm(folder, { recursive: true, force: true });
});

const begin = () => startServer({ folder, env: { UNCLIP_QUOTA: "100000" } });

/** Submits; each answered id is a promise to keep. How many jobs the life before had left. */
async function submit(accepted: string[], count: number): Promise<number> {
  const left = (await open()).length;
  if (left >= OPEN) return left;
  const query = `mutation { generate(input: { prompt: "a cat", size: 64, preset: DRAFT, count: ${count} }) { ... on Job { id } } }`;
  accepted.push((await server.runQuery(query)).generate.id);
  return left;
}

test(`keeps every promise through ${KILLS} kills`, { timeout: PATIENCE_MS + KILLS * EACH_MS }, async ({ annotate }) => {
  const accepted: string[] = [];
  let lifeMs = LIFE_MS.first;
  for (let i = 0; i < KILLS; i++) {
    server = await begin();
    const submitting = Promise.allSettled([submit(accepted, 1 + (i % 3)), submit(accepted, 2)]);
    await pause(Math.random() * lifeMs);
    await server.end("SIGKILL");
    const [received] = await submitting;
    const idle = received?.status === "fulfilled" && received.value === 0;
    lifeMs = idle ? Math.max(LIFE_MS.least, lifeMs * 0.8) : Math.min(LIFE_MS.most, lifeMs * 1.1);
  }
  expect(accepted).not.toEqual([]);
  server = await begin();
  // A job whose answer was lost with the process may be there too, and is kept as well as the others.
  const known = await everyJob();
  expect(known).toEqual(expect.arrayContaining(accepted));
  expect(new Set(known).size).toBe(known.length);
  await expect.poll(open, { timeout: PATIENCE_MS, interval: 500 }).toEqual([]);
  const jobs: Job[] = [];
  for (const id of known) jobs.push(await kept(id));
  const unanswered = known.length - accepted.length;
  const pictures = jobs.reduce((sum, job) => sum + job.pictures.length, 0);
  const attempts = jobs.reduce((sum, { attempt }) => sum + attempt, 0);
  const failed = jobs.filter(({ status }) => status === "FAILED").length;
  await annotate(
    `${KILLS} kills: ${accepted.length} jobs answered, ${unanswered} accepted unanswered, ${pictures} pictures, ` +
      `${attempts} attempts, ${failed} jobs lost their worker ${JOB_POLICY.maxLost} times, lives of up to ${Math.round(lifeMs)} ms at last`,
  );
  await server.end("SIGTERM");
  await expectNothingHeld(known);
});

async function everyJob(): Promise<string[]> {
  const ids: string[] = [];
  for (let after: string | null = null, more = true; more; ) {
    const query = `query ($after: String) { jobs(first: 100, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }`;
    const { nodes, pageInfo }: Answer = (await server.runQuery(query, { after })).jobs;
    ids.push(...nodes.map(({ id }: { id: string }) => id));
    [after, more] = [pageInfo.endCursor, pageInfo.hasNextPage];
  }
  return ids;
}

/** Jobs that are not over, with what happened to them. */
async function open(): Promise<Answer[]> {
  const query =
    "{ jobs(first: 100, status: [QUEUED, RUNNING]) { nodes { id status attempt events { __typename at } } } }";
  return (await server.runQuery(query)).jobs.nodes;
}

/** All that was promised of a job. */
async function kept(id: string): Promise<Job> {
  const query = `{ job(id: "${id}") { status attempt request { ... on GenerateRequest { count } } failure { code }
    pictures { index size url } events(first: 500) { __typename seq ... on PictureReady { picture { index } } } } }`;
  const job: Job = (await server.runQuery(query)).job;
  const received = (kind: string) => job.events.filter(({ __typename }) => __typename === kind);
  expect(job.events.map(({ seq }) => seq)).toEqual(job.events.map((_, i) => i + 1));
  const ends = job.events.filter(({ __typename }) => TERMINAL_EVENT.test(__typename));
  expect(ends).toEqual([job.events.at(-1)]);
  expect(received("Queued")).toHaveLength(1);
  expect(received("Started")).toHaveLength(job.attempt);
  const ready = received("PictureReady").map(({ picture }) => picture!.index);
  expect(new Set(ready).size).toBe(ready.length);
  for (const { url, size } of job.pictures) expect(await decoded(url)).toEqual({ width: size, height: size });
  if (job.status !== "SUCCEEDED") {
    // Its only excuse: as many workers died under it as are allowed.
    expect(job.failure).toEqual({ code: "WORKER_LOST" });
    expect(received("Started")).toHaveLength(JOB_POLICY.maxLost);
    return job;
  }
  expect(job.pictures.map(({ index }) => index)).toEqual(Array.from({ length: job.request.count }, (_, i) => i));
  expect(ready.sort((a, b) => a - b)).toEqual(job.pictures.map(({ index }) => index));
  return job;
}

/** Every pixel of it: a torn picture does not decode. */
async function decoded(url: string): Promise<{ width: number; height: number }> {
  const bytes = Buffer.from(await (await fetch(url)).arrayBuffer());
  const { info } = await sharp(bytes, { failOn: "warning" }).raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height };
}

/** Some messages that dead workers held are delivered again after their jobs have ended. They must have no effect. */
async function expectNothingHeld(known: readonly string[]): Promise<void> {
  const database = openDatabase(folder);
  const clock = { now: () => Date.now() + DAY_MS };
  try {
    expect(database.rows("PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
    const rows = database.rows<{ record: ArrayBuffer; wake_at: number | null }>(
      "SELECT CAST(record AS BLOB) AS record, wake_at FROM jobs",
    );
    const records = rows.map(({ record }) => JSON.parse(toText(record)) as JobRecord);
    expect(records.map(({ id }) => id).sort()).toEqual([...known].sort());
    expect(records.filter(({ lease }) => lease !== undefined)).toEqual([]);
    expect(rows.filter(({ wake_at }) => wake_at !== null)).toEqual([]);
    const queue = localQueue(database, "jobs", clock);
    const jobs = new Jobs({ store: localJobStore(database), queue, clock });
    const all = { max: 10, waitSeconds: 0, visibilitySeconds: 60 };
    for (let delayed = await queue.receive(all); delayed.length > 0; delayed = await queue.receive(all)) {
      for (const { job, handle } of delayed) {
        expect(await jobs.lease(job.id, "late")).toEqual({ type: "NOTHING" });
        await queue.acknowledge(handle);
      }
    }
    expect(await queue.depth()).toEqual({ ready: 0, hidden: 0 });
  } finally {
    database.close();
  }
  expect(await readdir(path.join(folder, "blobs", "drafts"))).toEqual([]);
}
