/** Lets many callers await an event without polling: a condition variable. */
type Notifier = {
  notify(): void;
  /** Number of notifications so far. */
  readonly version: number;
  /** Resolves once `version` exceeds `since`, after `milliseconds`, or when aborted. */
  wait(since: number, milliseconds: number, signal?: AbortSignal): Promise<void>;
};

/** setTimeout fires at once for longer delays. */
const LONGEST_MS = 2 ** 31 - 1;

export function createNotifier(): Notifier {
  const waiters = new Set<() => void>();
  let version = 0;
  return {
    notify: () => {
      version++;
      for (const wake of [...waiters]) wake();
    },
    get version() {
      return version;
    },
    wait: (since, milliseconds, signal) =>
      new Promise((resolve) => {
        if (version > since || signal?.aborted) return resolve();
        const wake = () => {
          clearTimeout(timer);
          signal?.removeEventListener("abort", wake);
          waiters.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, Math.min(Math.max(Math.ceil(milliseconds), 1), LONGEST_MS));
        signal?.addEventListener("abort", wake);
        waiters.add(wake);
      }),
  };
}
