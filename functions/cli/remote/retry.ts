// A connection that fails is tried again; whatever is asked here is safe to be asked twice.
import { setTimeout as sleep } from "node:timers/promises";
import { UnclipError } from "../../../models/errors.ts";

/** Milliseconds before each further try: half a minute in all. */
export const PAUSES: readonly number[] = [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000];

export async function retry<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  for (const milliseconds of PAUSES) {
    try {
      return await work();
    } catch (error) {
      checkPassing(error, signal);
      await pause(milliseconds, signal);
    }
  }
  return work();
}

/** Throws what another try would not cure, and CANCELED after an abort, whatever it made fail. */
export function checkPassing(error: unknown, signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw canceled();
  if (!(error instanceof UnclipError && error.retryable)) throw error;
}

/** Throws CANCELED. */
export async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(milliseconds, undefined, signal && { signal }).catch(() => {
    throw canceled();
  });
}

function canceled(): UnclipError {
  return new UnclipError("CANCELED", "The call was canceled.");
}
