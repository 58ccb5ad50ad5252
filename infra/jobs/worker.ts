// The worker's loop: receives a message, leases its job, runs one attempt. The engine computes in another thread; this
// thread sends the heartbeats.
import type { Message } from "../ports.ts";
import { sleep } from "../util/sleep.ts";
import type { Attempt } from "./attempt.ts";
import type { JobRecord } from "./job.ts";
import { JOB_POLICY } from "./policy.ts";
import { runAttempt } from "./run-attempt.ts";
import type { WorkerOptions } from "./worker-options.ts";

/** Each heartbeat hides the message for this long. If the worker dies, the message is redelivered after it. */
const VISIBILITY_SECONDS = 60;
const WAIT_SECONDS = 20;
/** Pauses after an error of the loop. */
const MIN_PAUSE_MS = 100;
const MAX_PAUSE_MS = 5_000;

/** POSTPONED: the message was made visible again, now or when its job may be leased. */
export type MessageOutcome = "DONE" | "POSTPONED";

/**
 * Runs until `signal` aborts or the queue was empty for `idleSeconds`. Resolves when the last job was finished or
 * released. Never rejects.
 */
export async function runWorker(options: WorkerOptions, idleSeconds = Number.POSITIVE_INFINITY): Promise<void> {
  const { queue, log, signal } = options;
  let pause = 0;
  let acknowledged: Promise<unknown> = Promise.resolve();
  let lastBusy = Date.now();
  const waitSeconds = Math.min(WAIT_SECONDS, idleSeconds);
  while (!signal.aborted && Date.now() - lastBusy < idleSeconds * 1000) {
    try {
      const receive = { max: 1, waitSeconds, visibilitySeconds: VISIBILITY_SECONDS, signal };
      for (const message of await queue.receive(receive)) {
        const outcome = await handleMessage(message, options);
        lastBusy = Date.now();
        if (outcome === "POSTPONED") continue;
        // The next message need not wait for this call. If it fails, the redelivered message finds nothing to do.
        const call = queue.acknowledge(message.handle).catch((error) => log.error("acknowledging a message", error));
        acknowledged = Promise.all([acknowledged, call]);
      }
      pause = 0;
    } catch (error) {
      log.error("the worker loop", error);
      // Without a pause, a queue or store that fails at once would be called in a tight loop.
      pause = Math.min(MAX_PAUSE_MS, Math.max(MIN_PAUSE_MS, pause * 2));
      await sleep(pause, signal);
    }
  }
  await acknowledged;
}

/**
 * Handles one message: runs its job, or finds that there is nothing to do. The caller acknowledges the message last, so
 * that it is redelivered if the process dies before.
 */
export async function handleMessage(
  { job, handle }: Pick<Message, "job" | "handle">,
  options: WorkerOptions,
): Promise<MessageOutcome> {
  const { jobs, queue, name, signal } = options;
  const leased = signal.aborted ? undefined : await jobs.lease(job.id, name);
  if (leased === undefined || leased.type === "EARLY") {
    await queue.changeVisibility(handle, leased?.seconds ?? 0);
    return "POSTPONED";
  }
  if (leased.type === "LEASED") await runWithHeartbeat(leased.attempt, handle, options);
  return "DONE";
}

/** Ends early if the attempt loses its lease, the job is canceled or expires, or the worker must stop. */
async function runWithHeartbeat(attempt: Attempt, handle: string, options: WorkerOptions): Promise<void> {
  const { queue, store, log, signal } = options;
  const stop = new AbortController();
  const abort = () => stop.abort();
  signal.addEventListener("abort", abort);
  if (signal.aborted) abort();
  const pending = new Set<Promise<unknown>>();
  // Failures here don't stop the attempt: the lease outlasts two missed heartbeats, and every write checks it.
  const runInBackground = (action: string, act: Promise<unknown>) => {
    const done: Promise<unknown> = act.catch((error) => log.error(action, error)).then(() => pending.delete(done));
    pending.add(done);
  };
  const check = async (pushed: JobRecord | undefined) => {
    const record = pushed ?? (await store.get(attempt.job.id));
    if (record === undefined || attempt.isLostTo(record)) abort();
  };
  const beat = async () => {
    if (!(await attempt.heartbeat())) abort();
  };
  const stopListening = store.listen(attempt.job.id, (record) => runInBackground("checking the job", check(record)));
  const heartbeat = setInterval(() => {
    runInBackground("renewing the lease", beat());
    runInBackground("extending the message's visibility", queue.changeVisibility(handle, VISIBILITY_SECONDS));
  }, JOB_POLICY.leaseMs / 3);
  try {
    await runAttempt(attempt, stop.signal, options);
  } finally {
    clearInterval(heartbeat);
    stopListening();
    signal.removeEventListener("abort", abort);
    // The store may be closed once the worker has ended, so no write may be pending then.
    await Promise.all(pending);
  }
}
