// The interfaces that the job state machine depends on. Nothing here knows SQLite or AWS. Every adapter passes the
// contract suites in test/contracts, so no interface promises more than its weakest adapter provides.
import type { Embedding } from "./jobs/embedding.ts";
import type { JobKind, JobRecord, JobStatus } from "./jobs/job.ts";
import type { StoredImage } from "./jobs/stored-request.ts";

/** Milliseconds since 1970. Tests pass their own clock, so no test sleeps. */
export type Clock = { now(): number };

export const systemClock: Clock = { now: () => Date.now() };

/** Job records by id. Each write names the version it is based on and fails if another write came first. */
export type JobStore = {
  /** Returns false, and leaves the stored record unchanged, if a record with this id exists. */
  create(record: JobRecord): Promise<boolean>;
  /** With `owner`, only a record of that owner: any other equals a missing one, in its duration too. */
  get(id: string, owner?: string): Promise<JobRecord | undefined>;
  /**
   * Replaces `previous` by `next`, whose version is one higher. Returns false, and changes nothing, if the stored version
   * is not `previous.version` or the record is gone.
   */
  replace(previous: JobRecord, next: JobRecord): Promise<boolean>;
  /** Deletes the record. Returns false, and changes nothing, if its stored version is another one or it is gone. */
  remove(record: JobRecord): Promise<boolean>;
  /** An owner's jobs, newest first (createdAt, then id, both descending). */
  list(owner: string, page: JobPage): Promise<readonly JobRecord[]>;
  /** Number of pictures in the owner's active jobs. May lag behind by moments. */
  picturesInFlight(owner: string): Promise<number>;
  /** Records of active jobs with `wakeAt` <= `now`, the longest overdue first. */
  due(now: number, limit: number): Promise<readonly JobRecord[]>;
  /**
   * Records of ended jobs with `wakeAt` <= `now`, whose webhook is due: the longest overdue of each owner, at most
   * `perOwner`. One owner's backlog leaves room for the others'.
   */
  dueWebhooks(now: number, limits: WebhookLimits): Promise<readonly JobRecord[]>;
  /**
   * Calls `wake` after each write of the record, with the new record if it is at hand. Returns a function that stops
   * listening. Writes may be missed.
   */
  listen(id: string, wake: (record: JobRecord | undefined) => void): () => void;
  /** The same for the records of all jobs of an owner. */
  listenOwner(owner: string, wake: (record: JobRecord | undefined) => void): () => void;
  /** Deletes up to `limit` records of jobs that ended before `before`. Returns the number of deleted records. */
  forget(before: number, limit: number): Promise<number>;
};

export type WebhookLimits = { readonly total: number; readonly perOwner: number };
/** A place in the list of an owner's jobs. */
export type JobCursor = Pick<JobRecord, "createdAt" | "id">;

export type JobPage = {
  /** Maximum number of jobs. */
  readonly first: number;
  /** Only jobs between these places: older than `after`, newer than `before`. */
  readonly after?: JobCursor | undefined;
  readonly before?: JobCursor | undefined;
  /** Which jobs of a longer list: the oldest instead of the newest. The order stays. */
  readonly fromEnd?: boolean | undefined;
  readonly status?: readonly JobStatus[] | undefined;
  readonly kind?: readonly JobKind[] | undefined;
  /** Only jobs with, or only jobs without, a starred picture. */
  readonly starred?: boolean | undefined;
};

/** A message only names the job to look at. Everything else is in the job's record. */
export type JobMessage = { readonly id: string };

export type Message = {
  readonly job: JobMessage;
  /** Identifies this delivery, not the message: each redelivery has a new handle. */
  readonly handle: string;
  /** 1 at the first delivery. */
  readonly deliveries: number;
};

/** Limits of SQS, enforced by every adapter. */
export const QUEUE_LIMITS = { bytes: 1_048_576, delaySeconds: 900, visibilitySeconds: 43_200, batch: 10 } as const;

/** At-least-once delivery in no guaranteed order. A message may arrive twice, late, or after it was acknowledged. */
export type Queue = {
  /** Messages are served fairly by `group`, so one owner's backlog does not delay another owner's messages. */
  send(message: JobMessage, options: { readonly group: string; readonly delaySeconds?: number }): Promise<void>;
  /** Waits up to `waitSeconds` for the first message. An aborted call does not consume a message. */
  receive(options: {
    readonly max: number;
    readonly waitSeconds: number;
    readonly visibilitySeconds: number;
    readonly signal?: AbortSignal | undefined;
  }): Promise<readonly Message[]>;
  /** Hides the message for `seconds` from now; 0 makes it visible at once. Returns false if the handle is stale. */
  changeVisibility(handle: string, seconds: number): Promise<boolean>;
  /** Deletes the message. A stale handle deletes nothing and is not an error. */
  acknowledge(handle: string): Promise<void>;
  /**
   * Number of messages of the job's group that are served before the job's own one, which may not be sent yet. Undefined
   * while that one is hidden, and for a queue that does not know. Other groups do not count: an owner learns nothing of
   * others.
   */
  position(message: JobMessage, group: string): Promise<number | undefined>;
  /** Approximate number of messages. */
  depth(): Promise<{ readonly ready: number; readonly hidden: number }>;
};

export type JobsPorts = {
  readonly store: JobStore;
  readonly queue: Queue;
  readonly clock: Clock;
  /** Receives background failures that no caller sees and that will be retried. */
  readonly onError?: ((action: string, error: unknown) => void) | undefined;
};

export type Blob = { readonly bytes: Uint8Array; readonly contentType: string };

/** Permission to upload one file, in the form of S3's presigned POST. */
export type UploadTicket = {
  readonly url: string;
  /** Form fields, to be sent in this order before the field `file`. */
  readonly fields: Readonly<Record<string, string>>;
  readonly expiresAt: number;
};

/**
 * Bytes under a key such as "pictures/a/0.png" (letters, digits, "-", "_", ".", "/"). A reader sees a complete blob or
 * none.
 */
export type Blobs = {
  /** With `ifAbsent`, returns false and changes nothing if the key exists. */
  put(key: string, blob: Blob, options?: { readonly ifAbsent?: boolean }): Promise<boolean>;
  get(key: string): Promise<Blob | undefined>;
  /** Size and type of a blob; undefined if there is none. */
  head(key: string): Promise<{ readonly bytes: number; readonly contentType: string } | undefined>;
  /** A missing blob is not an error. */
  remove(key: string): Promise<void>;
  /**
   * A URL that serves the blob without an API key until `expiresAt` (ms since 1970), for at least `seconds`. On AWS without
   * CloudFront, the credentials of the service may end it sooner, which `expiresAt` says. Calls within a window of half that
   * time give the same URL, as long as the service signs with the same credentials.
   */
  signGet(key: string, seconds: number): Promise<{ readonly url: string; readonly expiresAt: number }>;
  signUpload(
    key: string,
    limits: { readonly contentType: string; readonly maxBytes: number; readonly seconds: number },
  ): Promise<UploadTicket>;
  /** Deletes up to `limit` blobs under the prefix that were written before `before`. Returns the number deleted. */
  forget(prefix: string, before: number, limit: number): Promise<number>;
};

/** A dependency is temporarily unavailable; the same call may succeed later. */
export class Unavailable extends Error {}

/** A caption, or a picture among the blobs. */
export type Embeddable = { readonly prompt: string } | { readonly image: StoredImage };

/**
 * CLIP for captions and pictures. The embedding names the CLIP that computed it, so that it is never compared with one by
 * another. Rejects with Unavailable while it is overloaded, with UnclipError INVALID_PICTURE for a picture that cannot be
 * read or is no longer the one that was meant, and with INVALID_REQUEST for a caption if the model embeds none.
 */
export type Embedder = { embed(item: Embeddable): Promise<Embedding> };
