// Retries requests whose connection failed. All requests of this client are safe to repeat.
import { setTimeout as sleep } from "node:timers/promises";
import { canceled, throwIfCanceled, UnclipError } from "../../../models/errors.ts";

/** Delay before each retry: about half a minute in total. */
export const RETRY_DELAYS_MS: readonly number[] = [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000];

export async function retry<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  for (const milliseconds of RETRY_DELAYS_MS) {
    try {
      return await work();
    } catch (error) {
      throwIfPermanent(error, signal);
      await pause(milliseconds, signal);
    }
  }
  return work();
}

/** Throws CANCELED after an abort, and any error that a retry would not fix. */
export function throwIfPermanent(error: unknown, signal: AbortSignal | undefined): void {
  throwIfCanceled(signal);
  if (!(error instanceof UnclipError && error.retryable)) throw error;
}

/** Throws CANCELED. */
export async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(milliseconds, undefined, signal && { signal }).catch(() => {
    throw canceled(signal);
  });
}
