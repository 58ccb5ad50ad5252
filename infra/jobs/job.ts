// Glossary
//   job      one request of an owner for pictures, from its acceptance to its one end
//   record   all that is known of a job, in one piece: every move is one conditional write of it
//   event    a numbered line of the record's log; state and event change in the same write and so cannot disagree
//   attempt  one worker's try; its number, which only rises, is the fencing token: a stale attempt's writes are refused
//   lease    until when the attempt may be silent before it is taken for dead
//   failure  an attempt that ended badly; an attempt whose worker died is lost, which is counted apart; work that was
//            handed back is neither
import type { Warning } from "../../models/types.ts";
import type { StoredEmbedding } from "./embedding.ts";
import type { GenerateStored, InterpolateStored, ManipulateStored, VariationsStored } from "./stored-request.ts";

export const STATUSES = ["QUEUED", "RUNNING", "SUCCEEDED", "FAILED", "CANCELED", "EXPIRED"] as const;
/** Provisioning is told by an event and by `provisioning`: a machine may come up for many jobs at once. */
export type JobStatus = (typeof STATUSES)[number];

/** What is asked, with pictures as keys of blobs. */
export type JobRequest = GenerateStored | VariationsStored | InterpolateStored | ManipulateStored;
export type JobKind = JobRequest["kind"];

export type FailureCode =
  | "INVALID_REQUEST" // the bundle cannot do what was asked
  | "INVALID_PICTURE" // an input is no picture
  | "CONTENT_FLAGGED" // the content hook held a picture back
  | "NUMERIC_FAILURE" // a network gave NaN or infinity
  | "WORKER_LOST" // the worker died or went silent, as often as is allowed
  | "INTERNAL"; // a bug of ours or of a library

/** retryable: whether the same request may succeed if it is sent again. */
export type Failure = { readonly code: FailureCode; readonly message: string; readonly retryable: boolean };

export type DrawnPicture = {
  readonly index: number;
  readonly key: string;
  readonly size: number;
  readonly seed: number;
  /** Cosine of picture and caption in CLIP space. */
  readonly score?: number | undefined;
  /** What a search finds it by: for the record alone, neither told in events nor sent to clients. */
  readonly embedding?: StoredEmbedding | undefined;
};

export type JobWarning = Warning;
export type StageTiming = { readonly stage: string; readonly milliseconds: number };

type EventBody =
  | { readonly type: "QUEUED" }
  | { readonly type: "PROVISIONING" }
  | { readonly type: "STARTED"; readonly attempt: number }
  | {
      readonly type: "PROGRESS";
      readonly stage: string;
      readonly picture: number;
      readonly pictures: number;
      readonly step: number;
      readonly steps: number;
      /** Key of a small PNG. */
      readonly preview?: string | undefined;
    }
  | ({ readonly type: "PICTURE_READY" } & Omit<DrawnPicture, "embedding">)
  | { readonly type: "RETRYING"; readonly failure: Failure; readonly notBefore: number }
  | { readonly type: "HANDED_BACK" }
  | { readonly type: "SUCCEEDED" }
  | { readonly type: "FAILED"; readonly failure: Failure }
  | { readonly type: "CANCELED" }
  | { readonly type: "EXPIRED"; readonly deadline: "START" | "END" };

/** seq counts from 1 without a gap. */
export type JobEvent = EventBody & { readonly seq: number; readonly at: number };
export type NewEvent = EventBody;
export type Progress = Omit<Extract<EventBody, { type: "PROGRESS" }>, "type">;

/** Where a signed account of the job's end is to be sent, and how that went. */
export type Webhook = {
  readonly url: string;
  readonly state: "WAITING" | "DELIVERED" | "FAILED";
  readonly tries: number;
  /** When to try (again); only after the job's end. */
  readonly nextAt?: number | undefined;
  /** When a note of the next try was last known to be in the queue of webhooks, where there is one. */
  readonly notifiedAt?: number | undefined;
  readonly lastStatus?: number | undefined;
  readonly lastError?: string | undefined;
};

export type JobRecord = {
  readonly id: string;
  readonly owner: string;
  readonly version: number;
  readonly request: JobRequest;
  /** Of owner's request and all that was asked with it: the same idempotency key with another one is a conflict. */
  readonly fingerprint: string;
  readonly pictures: number;
  readonly status: JobStatus;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Deadlines: not started by then, or not over by then, and the job is EXPIRED. */
  readonly startBy: number;
  readonly endBy: number;
  readonly startedAt?: number | undefined;
  readonly endedAt?: number | undefined;
  readonly attempt: number;
  readonly failures: number;
  readonly lost: number;
  readonly lease?: { readonly worker: string; readonly until: number } | undefined;
  /** Not before then is another attempt made. */
  readonly notBefore: number;
  /** When the message for the next attempt was last known to be in the queue. */
  readonly sentAt?: number | undefined;
  readonly drawn: readonly DrawnPicture[];
  readonly sheet?: string | undefined;
  readonly animation?: { readonly key: string; readonly format: string } | undefined;
  readonly warnings: readonly JobWarning[];
  readonly timings: readonly StageTiming[];
  readonly failure?: Failure | undefined;
  readonly events: readonly JobEvent[];
  readonly webhook?: Webhook | undefined;
  /** When the sweeper must look at this record; undefined when never again. */
  readonly wakeAt?: number | undefined;
};

export const isTerminal = ({ status }: Pick<JobRecord, "status">): boolean =>
  status !== "QUEUED" && status !== "RUNNING";
