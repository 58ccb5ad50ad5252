// Checks, once nothing is left to do, that the service kept what it promised.
import { readdir } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import sharp from "sharp";
import type { JobRecord } from "../../../infra/jobs/job.ts";
import { openDatabase } from "../../../infra/local/database.ts";
import { TERMINAL_EVENT } from "../../support/schema/terminal-event.ts";
import type { Violations } from "../violations.ts";
import type { Promised } from "./callers.ts";
import type { Client } from "./client.ts";
import type { Receiver } from "./receiver.ts";
import type { ServerProcess } from "./server-process.ts";

const IN_FLIGHT = "{ viewer { picturesInFlight } }";
const OPEN = "{ jobs(first: 1, status: [QUEUED, RUNNING]) { nodes { id } } }";
const JOB = `query ($id: ID!) { job(id: $id) { status failure { code } pictures { index size url }
  events(first: 500) { __typename seq } } }`;
/** As bytes, because a damaged text would crash the driver. */
const RECORDS = "SELECT CAST(record AS BLOB) AS record FROM jobs";
/**
 * Three minutes in which nothing ends: a message that a dead worker held is hidden for one. On a busy machine, looks take
 * longer, as everything else does.
 */
const SETTLE_POLLS = 900;
/** The pauses before the third and the fourth try, added up: the receiver refuses one, and faults may fail others. */
const CLOCKS_MS = [0, 400_000, 2_600_000];
const NOTIFY_MS = 30_000;
const POLL_MS = 200;

/** Waits until every job has ended. Returns whether all did. */
export async function settle(client: Client, violations: Violations): Promise<boolean> {
  let [open, before] = ["", 0];
  for (let polls = 0; polls < SETTLE_POLLS; polls++) {
    const { nodes } = await client.query(OPEN);
    if (nodes.length === 0) return true;
    open = nodes[0].id;
    const { picturesInFlight } = await client.query(IN_FLIGHT);
    if (picturesInFlight !== before) [before, polls] = [picturesInFlight, 0];
    await sleep(POLL_MS);
  }
  violations.add("leased", `${open} has not ended`);
  return false;
}

/** Returns the number of pictures. */
export async function verifyJob(client: Client, promised: Promised, violations: Violations): Promise<number> {
  const { id } = promised;
  const job = await client.query(JOB, { id });
  if (job === null) {
    violations.add("lost", `the job ${id}`);
    return 0;
  }
  const sequence = job.events.map(({ seq }: { seq: number }) => seq);
  if (sequence.some((seq: number, i: number) => seq !== i + 1)) violations.add("lost", `${id}: events ${sequence}`);
  const ends = job.events.filter(({ __typename }: { __typename: string }) => TERMINAL_EVENT.test(__typename));
  if (ends.length !== 1 || ends[0] !== job.events.at(-1)) violations.add("doubled", `${id}: ${ends.length} ends`);
  if (promised.canceled && job.status !== "CANCELED")
    violations.add("lost", `the cancellation of ${id}: ${job.status}`);
  if (job.status !== "CANCELED" && job.status !== "SUCCEEDED") {
    violations.add("unserved", `${id}: ${job.status} ${job.failure?.code ?? ""}`);
  }
  const indexes: number[] = job.pictures.map(({ index }: { index: number }) => index);
  if (new Set(indexes).size !== indexes.length) violations.add("doubled", `${id}: pictures ${indexes}`);
  if (job.status === "SUCCEEDED" && indexes.length !== promised.pictures) {
    violations.add("lost", `${id}: ${indexes.length} of ${promised.pictures} pictures`);
  }
  for (const { url, size } of job.pictures) await verifyPicture(client, id, url, size, violations);
  return job.pictures.length;
}

/** Decodes every pixel, because a torn file has a valid header. */
async function verifyPicture(client: Client, id: string, url: string, size: number, violations: Violations) {
  const { status, bytes } = await client.get(url);
  if (status !== 200) return violations.add("lost", `${id}: a picture answers ${status}`);
  const decoded = await sharp(bytes, { failOn: "warning" }).raw().toBuffer({ resolveWithObject: true }).catch(String);
  if (typeof decoded === "string") return violations.add("torn", `${id}: ${decoded}`);
  if (decoded.info.width !== size) violations.add("torn", `${id}: ${decoded.info.width} pixels, not ${size}`);
}

/** Every notification is accepted. The server's clock moves on to the tries that are minutes away. */
export async function verifyNotifications(
  promised: readonly Promised[],
  { accepted }: Receiver,
  server: ServerProcess,
  violations: Violations,
): Promise<void> {
  const missing = () => promised.filter(({ id, notified }) => notified && !accepted.has(id));
  for (const clockMs of CLOCKS_MS) {
    if (missing().length === 0) return;
    await server.setClock(clockMs);
    for (const end = performance.now() + NOTIFY_MS; missing().length > 0 && performance.now() < end; ) {
      await sleep(POLL_MS);
    }
  }
  for (const { id } of missing()) violations.add("lost", `the webhook of ${id}`);
}

/** The data folder of a server that has ended holds no lease, and no file that was being written. */
export async function verifyFolder(data: string, violations: Violations): Promise<void> {
  const database = openDatabase(data);
  try {
    const [integrity] = database.rows<{ integrity_check: string }>("PRAGMA integrity_check");
    if (integrity?.integrity_check !== "ok") violations.add("torn", `the database: ${integrity?.integrity_check}`);
    for (const { record } of database.rows<{ record: Uint8Array }>(RECORDS)) {
      const { id, lease, wakeAt } = JSON.parse(Buffer.from(record).toString()) as JobRecord;
      if (lease !== undefined) violations.add("leased", `${id} by ${lease.worker}`);
      if (wakeAt !== undefined) violations.add("leased", `${id} waits for the sweeper`);
    }
  } finally {
    database.close();
  }
  const drafts = await readdir(path.join(data, "blobs", "drafts"));
  if (drafts.length > 0) violations.add("torn", `${drafts.length} unfinished files`);
}
