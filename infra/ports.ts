// What the job's life needs from the world, as narrow as it can be: nothing here knows SQLite or AWS. Every adapter passes
// the contract suites of test/infra/contracts, and no promise is larger than what the weakest of them keeps.
import type { Embedding } from "./jobs/embedding.ts";
import type { JobRecord, JobStatus } from "./jobs/job.ts";

/** Milliseconds since 1970. Tests bring their own, so that no test sleeps. */
export type Clock = { now(): number };

export const systemClock: Clock = { now: () => Date.now() };

/** Records by id. A write names the version it was made from and is refused when another one came first. */
export type JobStore = {
  /** False when there is a record of this id already; that one stays as it is. */
  create(record: JobRecord): Promise<boolean>;
  get(id: string): Promise<JobRecord | undefined>;
  /**
   * `next` in place of `previous`, its version one higher; false, and nothing changed, when the stored version is not
   * `previous.version` (or the record is gone).
   */
  replace(previous: JobRecord, next: JobRecord): Promise<boolean>;
  /** An owner's jobs, newest first (createdAt, then id, both falling). `after` is a cursor of an earlier page. */
  list(owner: string, page: JobPage): Promise<readonly JobRecord[]>;
  /** Pictures of an owner's jobs that are not over. May lag behind by moments. */
  picturesInFlight(owner: string): Promise<number>;
  /** Records whose `wakeAt` is not after `now`, the longest due first. */
  due(now: number, limit: number): Promise<readonly JobRecord[]>;
  /** Calls `wake` after each write of the record, with it where it is at hand; returns what ends that. May miss some. */
  listen(id: string, wake: (record: JobRecord | undefined) => void): () => void;
  /** Records of jobs that ended before `before` go; returns how many. */
  forget(before: number, limit: number): Promise<number>;
};

export type JobPage = {
  readonly first: number;
  readonly after?: { readonly createdAt: number; readonly id: string } | undefined;
  readonly status?: readonly JobStatus[] | undefined;
};

/** A message says only which job to look at: the record knows the rest. */
export type JobMessage = { readonly id: string };

export type Message = {
  readonly job: JobMessage;
  /** Names this delivery, not the message: a redelivered message has another one. */
  readonly handle: string;
  /** 1 at first delivery. */
  readonly deliveries: number;
};

/** Limits of SQS, kept by every adapter. */
export const QUEUE_LIMITS = { bytes: 1_048_576, delaySeconds: 900, visibilitySeconds: 43_200, batch: 10 } as const;

/** At least once, in no promised order. Everything may come twice, late, or after it was thought gone. */
export type Queue = {
  /** group: who it is for, so that one owner's many do not keep another's few waiting. */
  send(note: JobMessage, options: { readonly group: string; readonly delaySeconds?: number }): Promise<void>;
  /** Waits at most `waitSeconds` for a first message. An aborted wait takes no message with it. */
  receive(options: {
    readonly max: number;
    readonly waitSeconds: number;
    readonly visibilitySeconds: number;
    readonly signal?: AbortSignal | undefined;
  }): Promise<readonly Message[]>;
  /** Keeps the message hidden for so long from now; 0 hands it back. False when the handle is stale. */
  changeVisibility(handle: string, seconds: number): Promise<boolean>;
  /** The message is done with. A stale handle removes nothing, which is no error. */
  acknowledge(handle: string): Promise<void>;
  /** About how many. */
  depth(): Promise<{ readonly ready: number; readonly hidden: number }>;
};

export type Blob = { readonly bytes: Uint8Array; readonly contentType: string };

/** What a client may upload: this key, this type, this many bytes, until then. The form of S3's presigned POST. */
export type UploadTicket = {
  readonly url: string;
  /** In this order, before the field `file`. */
  readonly fields: Readonly<Record<string, string>>;
  readonly expiresAt: number;
};

/** Bytes under a key like "pictures/a/0.png" (letters, digits, "-", "_", ".", "/"). A reader sees a whole blob or none. */
export type Blobs = {
  /** With `ifAbsent`, false and nothing changed when the key is taken. */
  put(key: string, blob: Blob, options?: { readonly ifAbsent?: boolean }): Promise<boolean>;
  get(key: string): Promise<Blob | undefined>;
  /** Of a blob that is there. */
  head(key: string): Promise<{ readonly bytes: number; readonly contentType: string } | undefined>;
  /** No error when there is none. */
  remove(key: string): Promise<void>;
  /** A URL that opens the blob until then, without a key of ours. */
  signGet(key: string, seconds: number): Promise<{ readonly url: string; readonly expiresAt: number }>;
  signUpload(
    key: string,
    limits: { readonly contentType: string; readonly maxBytes: number; readonly seconds: number },
  ): Promise<UploadTicket>;
  /** Blobs under a prefix that are older than `before` go; returns how many. */
  forget(prefix: string, before: number, limit: number): Promise<number>;
};

/** What an answer needs cannot be had at the moment; the same question may find it later. */
export class Unavailable extends Error {}

/** CLIP for captions; rejects with Unavailable where it is overloaded. The answer names the CLIP that gave it, so that a newer one is never compared with older pictures. */
export type Embedder = { embed(text: string): Promise<Embedding> };
