// A worker in this process whose death stops every call: none is made or answered from then on.
import type { Engine } from "../../../infra/jobs/engine.ts";
import { Jobs } from "../../../infra/jobs/jobs.ts";
import { runWorker } from "../../../infra/jobs/worker.ts";
import { systemClock } from "../../../infra/ports.ts";
import type { Ports } from "../../support/jobs/in-memory-service.ts";
import { intercept } from "../../support/jobs/intercept.ts";

export type MortalWorker = {
  /** What its death is called. */
  readonly death: string;
  /** Resolves when the worker has begun to work. */
  readonly ready: Promise<unknown>;
  die(): void;
  stop(): void;
  /** Resolves when the worker has stopped or died. */
  readonly ended: Promise<unknown>;
};

let names = 0;

export class Worker implements MortalWorker {
  readonly death = "a worker dies";
  readonly ready = Promise.resolve();
  readonly ended: Promise<void>;
  readonly #stop = new AbortController();
  readonly #death = new AbortController();

  constructor(ports: Ports, engine: Engine) {
    const never = new Promise<never>(() => {});
    const { signal: dead } = this.#death;
    const mortal = <Port extends object>(port: Port) =>
      intercept(port, async (_, call) => {
        if (dead.aborted) return never;
        const [answer] = await Promise.allSettled([call()]);
        if (dead.aborted) return never;
        if (answer.status === "rejected") throw answer.reason;
        return answer.value;
      });
    const own = { store: mortal(ports.store), queue: mortal(ports.queue), blobs: mortal(ports.blobs) };
    const options = {
      ...own,
      name: `worker ${names++}`,
      jobs: new Jobs({ ...own, clock: systemClock, onError: () => {} }),
      engine,
      log: { attempt: () => {}, error: () => {} },
      signal: this.#stop.signal,
    };
    const died = new Promise<void>((resolve) => dead.addEventListener("abort", () => resolve()));
    this.ended = Promise.race([runWorker(options), died]);
  }

  die(): void {
    this.#death.abort();
    // Ends its heartbeats and its wait for messages.
    this.#stop.abort();
  }

  stop(): void {
    this.#stop.abort();
  }
}
