// The parts of a deployment, each of which may be placed in a stack of its own.
import type { Construct } from "constructs";

/** Parts of a deployment and what they contain. */
export const PARTS = {
  Data: "table, bucket, queues, secret",
  Workers: "the worker image on Lambda",
  Api: "GraphQL over HTTP, SSE and WebSocket",
  Maintenance: "sweeper, webhooks, dead letters",
  Gpu: "workers with a GPU on Batch",
  Observability: "dashboard",
  Budget: "budget",
} as const;

export type Part = keyof typeof PARTS;

export interface Placement {
  readonly scope: Construct;
  readonly id: string;
}
