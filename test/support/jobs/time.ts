// Time that a test advances by hand. The ports' clock and the timers move together; promises resolve as usual.
import { afterEach, beforeEach, vi } from "vitest";
import { START } from "./builders.ts";

const STEP_MS = 100;

/** For every test of a file. */
export function fakeTime(): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date"], now: START });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
}

/** Everything that needs no time has happened. The ports in memory answer in microtasks, which all run before this. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export async function pass(milliseconds: number, step = STEP_MS): Promise<void> {
  await settled();
  for (let left = milliseconds; left > 0; left -= step) {
    vi.advanceTimersByTime(Math.min(step, left));
    await settled();
  }
}

/** Lets as much time pass as it takes; throws where that would be more than `most`. */
export async function until(check: () => boolean, most = 120_000, step = STEP_MS): Promise<void> {
  await settled();
  for (const end = Date.now() + most; !check(); await pass(step, step)) {
    if (Date.now() >= end) throw new Error(`It did not happen within ${most} ms: ${check}`);
  }
}
