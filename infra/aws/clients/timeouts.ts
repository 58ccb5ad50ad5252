// Explicit timeouts and retries of the SDK's clients. Each client has its own file, so that a function loads only the
// clients it uses: importing all of them takes 0.2 s.

/** Tries per call, including the first. Throttling, 5xx and broken connections are retried with jitter. */
export const ATTEMPTS = 5;
const CONNECT_MS = 2_000;

export const retries = { maxAttempts: ATTEMPTS, retryMode: "standard" } as const;

/** Milliseconds per try. Without `throwOnRequestTimeout` the SDK would only log a warning and wait on. */
export const timeout = (requestTimeout: number) => ({
  connectionTimeout: CONNECT_MS,
  requestTimeout,
  throwOnRequestTimeout: true,
});
