// The options of createApi, and the context of every resolver.

import type { CallerLimiter } from "../infra/auth/caller-limits.ts";
import type { Jobs } from "../infra/jobs/jobs.ts";
import type { Tenant } from "../infra/jobs/tenant.ts";
import type { ContentHook } from "../infra/moderation.ts";
import type { Blobs, Embedder, Queue } from "../infra/ports.ts";
import type { WebhookNetworks } from "../infra/webhooks/address.ts";
import type { Info } from "../models/types.ts";

/**
 * The authenticated caller. `owner` is part of blob keys: A-Z a-z 0-9 "_" "." "-". `quota` is in pictures in flight.
 * `unlimited` exempts the caller from the other limits: on the machine itself, without keys.
 */
export type Viewer = { readonly owner: string; readonly quota: number; readonly unlimited?: boolean };

/** Limits and lifetimes; DEFAULT_POLICY has the defaults. */
export type ApiPolicy = {
  /** Default deadline for a job's first attempt, in seconds after acceptance. */
  readonly startSeconds: number;
  /** Default deadline for a job's end, in seconds after acceptance. */
  readonly endSeconds: number;
  /** The longest deadline a job may set, in seconds. */
  readonly maxSeconds: number;
  /** Limit on the denoising steps of one job, over all its stages and pictures (models/work.ts). */
  readonly maxWork: number;
  /** Maximum size of an uploaded file, in bytes. */
  readonly uploadBytes: number;
  /** Lifetime of a signed picture URL, in seconds. */
  readonly urlSeconds: number;
  /** Lifetime of an upload form, in seconds. */
  readonly uploadSeconds: number;
  /** Maximum size of an HTTP body, in bytes. A WebSocket server should set the same as its maxPayload. */
  readonly bodyBytes: number;
  /** Maximum number of concurrent operations on one socket. */
  readonly operationsPerSocket: number;
  /** A subscription or socket counts as open for this long if its end is missed, in seconds. */
  readonly streamSeconds: number;
  /** Where webhooks may lead. */
  readonly webhookNetworks: WebhookNetworks;
};

export const DEFAULT_POLICY: ApiPolicy = {
  startSeconds: 3_600,
  endSeconds: 7_200,
  maxSeconds: 86_400,
  maxWork: 6_000,
  uploadBytes: 10_000_000,
  urlSeconds: 3_600,
  uploadSeconds: 300,
  bodyBytes: 1_000_000,
  operationsPerSocket: 100,
  // Where one process serves and counts, no end is missed.
  streamSeconds: 30 * 86_400,
  webhookNetworks: "public",
};

export type Services = {
  /** Limits of each caller. Default: none. */
  readonly limiter?: CallerLimiter | undefined;
  readonly jobs: Jobs;
  readonly queue: Pick<Queue, "depth">;
  readonly blobs: Blobs;
  readonly models: readonly Info[];
  readonly embedder: Embedder;
  readonly content?: Pick<ContentHook, "prompt"> | undefined;
  /** The secret that an owner's webhooks are signed with. */
  readonly webhookSecret?: ((owner: string) => string | Promise<string>) | undefined;
};

/** What the API needs: its services, who may call, and how it answers. */
export type ApiOptions = Services & {
  /** Undefined refuses the caller. Over a socket: the upgrade's headers, with `authorization` from connection_init. */
  readonly authenticate: (headers: Headers) => Promise<Viewer | undefined>;
  readonly policy?: Partial<ApiPolicy> | undefined;
  readonly introspection: boolean;
  readonly graphiql: boolean;
  /** Path or URL for GraphiQL's subscriptions, if it differs from the endpoint. */
  readonly streamUrl?: string | undefined;
  /** Origins of web pages that may call the API, besides the server's own. */
  readonly cors?: readonly string[] | undefined;
  /** Called once for each other origin whose page was refused. */
  readonly onRefusedOrigin?: ((origin: string) => void) | undefined;
  /** Receives every error that was masked for the client, in full. */
  readonly log: (error: unknown, facts: { readonly requestId: string }) => void;
};

/** Opens the streams of subscriptions. */
export type Watches = Pick<Tenant, "watch" | "watchAll">;

export type Context = Omit<Services, "jobs"> & {
  /** The caller's jobs and uploads. Resolvers have no other access to jobs. */
  readonly tenant: Tenant;
  /** The tenant's, or where no process waits for events, streams of the events at hand (websocket/stateless.ts). */
  readonly watches: Watches;
  /** Counts a stream of the caller until the returned function is called. */
  readonly openStream: () => Promise<() => Promise<void>>;
  readonly policy: ApiPolicy;
  readonly viewer: Viewer;
  /** Rejects if the caller has lost its access since the operation began: its key was revoked, or its token has expired. */
  readonly authorize: () => Promise<void>;
  readonly requestId: string;
};
