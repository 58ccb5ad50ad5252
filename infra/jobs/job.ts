// Glossary
//   job      one request for pictures, from acceptance to its single final status
//   record   everything known about a job, in one piece: each transition is one conditional write of it
//   event    a numbered entry in the record's log; status and event change in the same write, so they cannot disagree
//   attempt  one worker's try; its number only increases and is the fencing token: writes of a stale attempt are refused
//   lease    the time until which the attempt may stay silent before its worker is considered dead
//   failure  an attempt that ended with an error; an attempt whose worker died is counted as lost instead, and a released
//            attempt, whose worker had to stop, is not counted
import type { AnimationFormat } from "../../models/request.ts";
import type { Warning } from "../../models/types.ts";
import type { StoredEmbedding } from "./embedding.ts";
import type {
  GenerateStored,
  InterpolateStored,
  ManipulateStored,
  ReconstructStored,
  VariationsStored,
} from "./stored-request.ts";

/** Provisioning is an event, not a status, because one machine may start up for many jobs. */
export type JobStatus = "QUEUED" | "RUNNING" | "SUCCEEDED" | "FAILED" | "CANCELED" | "EXPIRED";

/** The request, with pictures replaced by blob keys. */
export type JobRequest = GenerateStored | VariationsStored | InterpolateStored | ManipulateStored | ReconstructStored;
export type JobKind = JobRequest["kind"];

export type FailureCode =
  | "INVALID_REQUEST" // the bundle does not support the request
  | "INVALID_PICTURE" // an input is not a readable picture
  | "CONTENT_FLAGGED" // the content hook withheld a picture
  | "NUMERIC_FAILURE" // a network produced NaN or infinity
  | "WORKER_LOST" // workers died or went silent too often
  | "INTERNAL"; // a bug in unclip or in a library

/** retryable: whether sending the same request again may succeed. */
export type Failure = { readonly code: FailureCode; readonly message: string; readonly retryable: boolean };

export type DrawnPicture = {
  readonly index: number;
  readonly key: string;
  readonly size: number;
  readonly seed: number;
  /** Cosine similarity of picture and caption in CLIP space. */
  readonly score?: number | undefined;
  /** For search only: neither part of events nor sent to clients. */
  readonly embedding?: StoredEmbedding | undefined;
  /** Set by the owner. Not part of events. */
  readonly starred?: true | undefined;
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
  | ({ readonly type: "PICTURE_READY" } & Omit<DrawnPicture, "embedding" | "starred">)
  | { readonly type: "RETRYING"; readonly failure: Failure; readonly notBefore: number }
  | { readonly type: "RELEASED" }
  | { readonly type: "SUCCEEDED" }
  | { readonly type: "FAILED"; readonly failure: Failure }
  | { readonly type: "CANCELED" }
  | { readonly type: "EXPIRED"; readonly deadline: "START" | "END" };

/** `seq` counts from 1 without gaps; `at` is in milliseconds since 1970. */
export type JobEvent = EventBody & { readonly seq: number; readonly at: number };
export type NewEvent = EventBody;
export type Progress = Omit<Extract<EventBody, { type: "PROGRESS" }>, "type">;

/** Where to send the signed notification of the job's end, and the state of its delivery. */
export type Webhook = {
  readonly url: string;
  readonly state: "WAITING" | "DELIVERED" | "FAILED";
  readonly tries: number;
  /** Time of the next try; undefined until the job has ended. */
  readonly nextAt?: number | undefined;
  /** When a message for the next try was last known to be in the queue of webhooks, where there is such a queue. */
  readonly notifiedAt?: number | undefined;
  readonly lastStatus?: number | undefined;
  readonly lastError?: string | undefined;
};

export type JobRecord = {
  readonly id: string;
  readonly owner: string;
  readonly version: number;
  readonly request: JobRequest;
  /** Hash of the request and its options. The same idempotency key with another fingerprint is a conflict. */
  readonly fingerprint: string;
  readonly pictures: number;
  readonly status: JobStatus;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Deadlines: a job that has not started or not ended by then becomes EXPIRED. */
  readonly startBy: number;
  readonly endBy: number;
  readonly startedAt?: number | undefined;
  readonly endedAt?: number | undefined;
  readonly attempt: number;
  readonly failures: number;
  readonly lost: number;
  readonly lease?: { readonly worker: string; readonly until: number } | undefined;
  /** Earliest time of the next attempt. */
  readonly notBefore: number;
  /** When the message for the next attempt was last known to be in the queue. */
  readonly sentAt?: number | undefined;
  readonly drawn: readonly DrawnPicture[];
  readonly sheet?: string | undefined;
  readonly animation?: { readonly key: string; readonly format: AnimationFormat } | undefined;
  readonly warnings: readonly JobWarning[];
  readonly timings: readonly StageTiming[];
  readonly failure?: Failure | undefined;
  readonly events: readonly JobEvent[];
  readonly webhook?: Webhook | undefined;
  /** When the sweeper must look at this record; undefined for never. */
  readonly wakeAt?: number | undefined;
};

/** A job with a webhook. */
export type WebhookJob = JobRecord & { readonly webhook: Webhook };

export const isStarred = ({ drawn }: Pick<JobRecord, "drawn">): boolean => drawn.some(({ starred }) => starred);

export const isTerminal = ({ status }: Pick<JobRecord, "status">): boolean =>
  status !== "QUEUED" && status !== "RUNNING";
