// How long the SDK's clients wait, and how often they try again: each says so out loud. Every client has a file of its own,
// so that a function loads only what it calls: the import of all of them takes a fifth of a second.

/** Attempts of one call, the first included: throttling, 5xx and broken connections are tried again with jitter. */
const ATTEMPTS = 5;
const CONNECT_MS = 2_000;

export const longPoll = { maxAttempts: ATTEMPTS, retryMode: "standard" } as const;

/** Milliseconds for one attempt. Without `throwOnRequestTimeout` the SDK would only warn, and wait on. */
export const timeout = (requestTimeout: number) => ({
  connectionTimeout: CONNECT_MS,
  requestTimeout,
  throwOnRequestTimeout: true,
});
