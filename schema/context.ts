// What createApi is given, and what every resolver finds in its context.

import type { Jobs } from "../infra/jobs/jobs.ts";
import type { ContentHook } from "../infra/moderation.ts";
import type { Blobs, Embedder } from "../infra/ports.ts";
import type { Info } from "../models/request.ts";

/** Who asks, and how many pictures they may have in flight. The owner is part of blob keys: A-Z a-z 0-9 "_" "." "-". */
export type Viewer = { readonly owner: string; readonly quota: number };

/** Limits and lifetimes; each has a default in DEFAULTS. */
export type ApiPolicy = {
  /** Deadlines of a job that names none, and the longest it may name. */
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly maxSeconds: number;
  /** Denoising steps of one job, over all its stages and pictures (models/work.ts). */
  readonly maxWork: number;
  readonly uploadBytes: number;
  /** A signed URL opens its picture for so long. */
  readonly urlSeconds: number;
  readonly uploadSeconds: number;
  /** Of an HTTP body. A WebSocket server sets the same as its maxPayload. */
  readonly bodyBytes: number;
  /** Live operations of one socket. */
  readonly operationsPerSocket: number;
  /** Whether a webhook may go to this machine: where it is the owner's own. */
  readonly loopbackWebhooks: boolean;
};

export const DEFAULTS: ApiPolicy = {
  startSeconds: 3_600,
  endSeconds: 7_200,
  maxSeconds: 86_400,
  maxWork: 6_000,
  uploadBytes: 10_000_000,
  urlSeconds: 3_600,
  uploadSeconds: 300,
  bodyBytes: 1_000_000,
  operationsPerSocket: 100,
  loopbackWebhooks: true,
};

export type Services = {
  readonly jobs: Jobs;
  readonly blobs: Blobs;
  readonly models: readonly Info[];
  readonly embedder: Embedder;
  readonly content?: Pick<ContentHook, "prompt"> | undefined;
  /** What an owner's webhooks are signed with. */
  readonly webhookSecret?: ((owner: string) => string | Promise<string>) | undefined;
};

export type ApiOptions = Services & {
  /** By the request's headers; over a socket by its upgrade's, with `authorization` from connection_init. */
  readonly authenticate: (headers: Headers) => Promise<Viewer | undefined>;
  readonly rules?: Partial<ApiPolicy> | undefined;
  readonly introspection: boolean;
  readonly graphiql: boolean;
  /** Path where GraphiQL subscribes, where that is not the one it is at. */
  readonly streams?: string | undefined;
  /** Origins whose pages may call, beside the server's own. */
  readonly cors?: readonly string[] | undefined;
  /** Hears of whatever was masked, whole. */
  readonly log: (error: unknown, facts: { readonly requestId: string }) => void;
};

export type Context = Services & {
  /** The jobs' own, or, where no process waits for events, what is known of them already (detached.ts). */
  readonly watch: Jobs["watch"];
  readonly rules: ApiPolicy;
  readonly viewer: Viewer;
  readonly requestId: string;
};
