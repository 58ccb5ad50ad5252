// The metrics for Prometheus at /metrics.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { AttemptReport } from "../../infra/jobs/worker-options.ts";
import type { Queue } from "../../infra/ports.ts";

export type Metrics = {
  readonly attempt: (report: AttemptReport) => void;
  readonly webhook: (state: string) => void;
  readonly text: () => Promise<string>;
  readonly contentType: string;
};

const SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900];

export function createMetrics(queue: Queue): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const attempts = new Histogram({
    name: "unclip_attempt_seconds",
    help: "Duration of attempts at jobs, by outcome",
    labelNames: ["outcome"],
    buckets: SECONDS,
    registers,
  });
  const stages = new Histogram({
    name: "unclip_stage_seconds",
    help: "Duration of a stage of the model in one attempt, for all its pictures",
    labelNames: ["stage"],
    buckets: SECONDS,
    registers,
  });
  const webhooks = new Counter({
    name: "unclip_webhook_tries_total",
    help: "Webhook deliveries, by the state after the try",
    labelNames: ["state"],
    registers,
  });
  new Gauge({
    name: "unclip_queue_messages",
    help: "Messages in the queue: ready for a worker, or hidden (received by one, or delayed)",
    labelNames: ["state"],
    registers,
    async collect() {
      const { ready, hidden } = await queue.depth();
      this.set({ state: "ready" }, ready);
      this.set({ state: "hidden" }, hidden);
    },
  });
  return {
    attempt: ({ outcome, milliseconds, stages: timings }) => {
      attempts.observe({ outcome }, milliseconds / 1000);
      for (const timing of timings) stages.observe({ stage: timing.stage }, timing.milliseconds / 1000);
    },
    webhook: (state) => webhooks.inc({ state }),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
