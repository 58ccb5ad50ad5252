// Lets many wait for one thing to happen without looking for it again and again.

export type Notifier = {
  notify(): void;
  /** How often it rang. */
  readonly version: number;
  /** Resolves when it has rung more often than `since`, after so many milliseconds, or when aborted. */
  wait(since: number, milliseconds: number, signal?: AbortSignal): Promise<void>;
};

/** setTimeout fires at once when asked for more. */
const LONGEST_MS = 2 ** 31 - 1;

export function createNotifier(): Notifier {
  const waiting = new Set<() => void>();
  let rings = 0;
  return {
    notify: () => {
      rings++;
      for (const wake of [...waiting]) wake();
    },
    get version() {
      return rings;
    },
    wait: (since, milliseconds, signal) =>
      new Promise((resolve) => {
        if (rings > since || signal?.aborted) return resolve();
        const wake = () => {
          clearTimeout(timer);
          signal?.removeEventListener("abort", wake);
          waiting.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, Math.min(Math.max(Math.ceil(milliseconds), 1), LONGEST_MS));
        signal?.addEventListener("abort", wake);
        waiting.add(wake);
      }),
  };
}
