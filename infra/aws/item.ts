// A record as an item: the record itself, deflated, and beside it only what is searched by or tested in a condition.
//
// Deflated because DynamoDB charges a write by the kilobyte and every move writes the whole record: the events of a long
// job are much alike and shrink to less than a tenth. It also leaves room for the attributes: no text fills its bytes, so what
// limits.ts lets pass as JSON comes out well below the 400 KB of an item.
import { createHash } from "node:crypto";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { isTerminal, type JobRecord, type JobStatus } from "../jobs/job.ts";
import { checkRecord } from "../limits.ts";
import { WAKE_PARTITIONS } from "./table.ts";

export type Item = Record<string, AttributeValue>;

const text = (value: string): AttributeValue => ({ S: value });
const number = (value: number): AttributeValue => ({ N: String(value) });

export function keyOf(id: string): Item {
  return { pk: text(`JOB#${id}`), sk: text("RECORD") };
}

/** Of an item, or of a row of an index, which has the keys too. */
export function idOf({ pk }: Item): string {
  return pk!.S!.slice("JOB#".length);
}

/** `write` names this write; `keptMs` is how long a job's record is kept after its end. */
export function itemOf(record: JobRecord, write: string, keptMs: number): Item {
  const { id, owner, version, status, endedAt, wakeAt, pictures } = record;
  const json = JSON.stringify(record);
  checkRecord(json);
  return {
    ...keyOf(id),
    record: { B: deflateRawSync(json) },
    version: number(version),
    write: text(write),
    owner: text(owner),
    ownerState: text(ownerState(owner, stateOf(status))),
    age: text(ageOf(record)),
    pictures: number(pictures),
    ...(wakeAt !== undefined && { wakePartition: text(wakePartition(wakePartitionOf(id))), wakeAt: number(wakeAt) }),
    ...(endedAt !== undefined && {
      endedAt: number(endedAt),
      expiresAt: number(Math.ceil((endedAt + keptMs) / 1000)),
    }),
  };
}

export function recordOf(item: Item): JobRecord {
  return JSON.parse(inflateRawSync(item.record!.B!).toString());
}

/** A row as events of Lambda's have it: the same, with bytes as base64. */
export type Image = Readonly<Record<string, { readonly S?: string | undefined; readonly B?: string | undefined }>>;

/** Undefined for a row of another kind. */
export function recordOfImage({ sk, record }: Image): JobRecord | undefined {
  return sk?.S === "RECORD" && record?.B ? recordOf({ record: { B: Buffer.from(record.B, "base64") } }) : undefined;
}

/** Grows with createdAt, then with id, as text too. */
export function ageOf({ createdAt, id }: Pick<JobRecord, "createdAt" | "id">): string {
  return `${String(createdAt).padStart(16, "0")}#${id}`;
}

/** The state that the index knows a status by. */
export function stateOf(status: JobStatus): string {
  return isTerminal({ status }) ? status : "ACTIVE";
}

export function ownerState(owner: string, state: string): string {
  return `${owner}#${state}`;
}

export function wakePartition(partition: number): string {
  return `WAKE#${partition}`;
}

function wakePartitionOf(id: string): number {
  return createHash("sha256").update(id).digest().readUInt32BE() % WAKE_PARTITIONS;
}
