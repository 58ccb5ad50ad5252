// A job record as a DynamoDB item: the deflated record, and the attributes that indexes and conditions need.
//
// DynamoDB charges writes by the kilobyte and every transition writes the whole record. The events of a long job are
// similar and shrink to less than a tenth. Deflating also leaves room for the other attributes: a record whose JSON passes
// the check of limits.ts is well below an item's 400 KB.
import { createHash } from "node:crypto";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { isStarred, isTerminal, type JobRecord, type JobStatus } from "../jobs/job.ts";
import { checkRecord } from "../limits.ts";
import type { AttributeValue, Item } from "./clients/dynamo-calls.ts";
import { WAKE_PARTITIONS } from "./table.ts";

const text = (value: string): AttributeValue => ({ S: value });
const number = (value: number): AttributeValue => ({ N: String(value) });

export function recordKey(id: string): Item {
  return { pk: text(`JOB#${id}`), sk: text("RECORD") };
}

/** Takes an item, or a row of an index, which contains the keys too. */
export function jobIdOf({ pk }: Item): string {
  return pk!.S!.slice("JOB#".length);
}

/** `write` identifies this write. The item expires `retentionMs` after the job's end. */
export function toItem(record: JobRecord, write: string, keptMs: number): Item {
  const { id, owner, version, status, request, endedAt, wakeAt, pictures } = record;
  const json = JSON.stringify(record);
  checkRecord(json);
  return {
    ...recordKey(id),
    record: { B: deflateRawSync(json).toString("base64") },
    version: number(version),
    write: text(write),
    owner: text(owner),
    ownerState: text(ownerStateKey(owner, indexState(status))),
    age: text(toAge(record)),
    pictures: number(pictures),
    kind: text(request.kind),
    starred: { BOOL: isStarred(record) },
    ...(wakeAt !== undefined && {
      wakePartition: text(wakePartitionKey(isTerminal(record) ? "WEBHOOK" : "WAKE", hashPartition(id))),
      wakeAt: number(wakeAt),
    }),
    ...(endedAt !== undefined && {
      endedAt: number(endedAt),
      expiresAt: number(Math.ceil((endedAt + keptMs) / 1000)),
    }),
  };
}

/** Throws if the item is damaged. */
export function parseRecord(item: Item): JobRecord {
  return JSON.parse(inflateRawSync(Buffer.from(item.record!.B!, "base64")).toString());
}

/** Attributes that put an item into an index, or let a transition replace it. */
const SEARCHED = ["owner", "ownerState", "age", "pictures", "wakePartition", "wakeAt", "version"];

/** The item as it is stored once it was found damaged: in no index. `DAMAGED_AT` marks it, for the operator too. */
export function toDamagedItem(item: Item, now: number, retentionMs: number): Item {
  const rest = Object.entries(item).filter(([name]) => !SEARCHED.includes(name));
  const expiresAt = number(Math.ceil((now + retentionMs) / 1000));
  return { ...Object.fromEntries(rest), [DAMAGED_AT]: number(now), expiresAt };
}

export const DAMAGED_AT = "damagedAt";

/** An item as Lambda's stream events contain it, with bytes as base64. */
export type StreamImage = Readonly<
  Record<string, { readonly S?: string | undefined; readonly B?: string | undefined }>
>;

/** Undefined if the image is not a job record. Throws if it is damaged. */
export function parseStreamImage(image: StreamImage): JobRecord | undefined {
  const { sk, record } = image;
  return sk?.S === "RECORD" && record?.B && !(DAMAGED_AT in image)
    ? parseRecord({ record: { B: record.B } })
    : undefined;
}

/** Sort key: its text order is the order of createdAt, then of id. */
export function toAge({ createdAt, id }: Pick<JobRecord, "createdAt" | "id">): string {
  return `${String(createdAt).padStart(16, "0")}#${id}`;
}

/** The state under which the index lists a status. */
export function indexState(status: JobStatus): string {
  return isTerminal({ status }) ? status : "ACTIVE";
}

export function ownerStateKey(owner: string, state: string): string {
  return `${owner}#${state}`;
}

/** WAKE: active jobs. WEBHOOK: ended jobs with a webhook to send. */
export type WakeKind = "WAKE" | "WEBHOOK";

export function wakePartitionKey(kind: WakeKind, partition: number): string {
  return `${kind}#${partition}`;
}

function hashPartition(id: string): number {
  return createHash("sha256").update(id).digest().readUInt32BE() % WAKE_PARTITIONS;
}
