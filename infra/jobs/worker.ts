// The worker's loop: one message, one lease, one outcome. The engine computes elsewhere; this thread beats.
import type { Blobs, JobStore, Message, Queue } from "../ports.ts";
import type { Attempt } from "./attempt.ts";
import type { Engine } from "./engine.ts";
import type { JobRecord, JobRequest, StageTiming } from "./job.ts";
import type { Jobs } from "./jobs.ts";
import { JOB_POLICY } from "./policy.ts";
import { runAttempt } from "./run-attempt.ts";

/** A message stays hidden for so long after each beat; a dead worker's job comes back after it at the latest. */
const VISIBILITY_SECONDS = 60;
const WAIT_SECONDS = 20;

export type WorkerLog = {
  /** One line an attempt: how it ended, after how long. */
  attempt(told: {
    readonly job: string;
    readonly attempt: number;
    readonly outcome: "SUCCEEDED" | "FAILED" | "HANDED_BACK" | "STOPPED";
    readonly milliseconds: number;
    /** How long each stage took; of an attempt whose engine did not come to an end nothing is known. */
    readonly stages: readonly StageTiming[];
    readonly error?: unknown;
  }): void;
  /** Something of ours or of the world's failed outside of a job; the loop goes on. */
  trouble(what: string, error: unknown): void;
};

export type WorkerOptions = {
  readonly name: string;
  readonly jobs: Jobs;
  readonly store: JobStore;
  readonly queue: Queue;
  readonly blobs: Blobs;
  readonly engine: Engine;
  readonly log: WorkerLog;
  /** Aborted: takes no more jobs, and hands back the one at hand. */
  readonly signal: AbortSignal;
  /** Throws to hold a picture back. */
  readonly inspect?: ((png: Uint8Array, request: JobRequest) => Promise<void>) | undefined;
};

/**
 * Works until `signal`, or until the queue was empty for `idleSeconds`; resolves when the last job was finished or handed
 * back. Never rejects.
 */
export async function runWorker(options: WorkerOptions, idleSeconds = Number.POSITIVE_INFINITY): Promise<void> {
  const { queue, log, signal } = options;
  let pause = 0;
  let removed = Promise.resolve();
  let busy = Date.now();
  const waitSeconds = Math.min(WAIT_SECONDS, idleSeconds);
  while (!signal.aborted && Date.now() - busy < idleSeconds * 1000) {
    try {
      const wait = { max: 1, waitSeconds, visibilitySeconds: VISIBILITY_SECONDS, signal };
      for (const message of await queue.receive(wait)) {
        const done = await handleMessage(message, options);
        busy = Date.now();
        if (!done) continue;
        // The next message need not wait for it. One that is delivered again finds nothing to do.
        const removing = queue.acknowledge(message.handle).catch((error) => log.trouble("removing a message", error));
        removed = Promise.all([removed, removing]).then(() => {});
      }
      pause = 0;
    } catch (error) {
      log.trouble("the worker's loop", error);
      // A queue or store that fails at once would otherwise be asked without end.
      pause = Math.min(5_000, Math.max(100, pause * 2));
      await rest(pause, signal);
    }
  }
  await removed;
}

/**
 * One message's job, drawn or found to need nothing. Whether the message is done with: it is removed last, so whoever dies
 * before leaves it to be delivered again. One that is not was made to come again when it can be of use.
 */
export async function handleMessage(
  { job, handle }: Pick<Message, "job" | "handle">,
  options: WorkerOptions,
): Promise<boolean> {
  const { jobs, queue, name, signal } = options;
  const leased = signal.aborted ? undefined : await jobs.lease(job.id, name);
  if (leased === undefined || leased.type === "EARLY") {
    await queue.changeVisibility(handle, leased?.seconds ?? 0);
    return false;
  }
  if (leased.type === "LEASED") await hold(leased.attempt, handle, options);
  return true;
}

/** Draws under a beating heart. Ends early when the attempt is lost, canceled or expired, or the worker has to stop. */
async function hold(attempt: Attempt, handle: string, options: WorkerOptions): Promise<void> {
  const { queue, store, log, signal } = options;
  const stop = new AbortController();
  const halt = () => stop.abort();
  signal.addEventListener("abort", halt);
  if (signal.aborted) halt();
  // What fails in passing is no reason to stop: the lease outlives two missed beats, and every write checks it.
  const inPassing = (what: string, act: Promise<unknown>) => {
    const done: Promise<unknown> = act.catch((error) => log.trouble(what, error)).then(() => open.delete(done));
    open.add(done);
  };
  const open = new Set<Promise<unknown>>();
  const check = async (heard: JobRecord | undefined) => {
    const record = heard ?? (await store.get(attempt.job.id));
    if (record === undefined || attempt.lostBy(record)) halt();
  };
  const deaf = store.listen(attempt.job.id, (record) => inPassing("a look at the job", check(record)));
  const heart = setInterval(() => {
    inPassing(
      "a heartbeat",
      attempt.heartbeat().then((alive) => alive || halt()),
    );
    inPassing("a message's heartbeat", queue.changeVisibility(handle, VISIBILITY_SECONDS));
  }, JOB_POLICY.leaseMs / 3);
  try {
    await runAttempt(attempt, stop.signal, options);
  } finally {
    clearInterval(heart);
    deaf();
    signal.removeEventListener("abort", halt);
    // Whoever closes the store when the worker has ended must not meet a write under way.
    await Promise.all(open);
  }
}

function rest(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener("abort", done);
    if (signal.aborted) done();
  });
}
