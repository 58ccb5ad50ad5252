import { setTimeout as sleep } from "node:timers/promises";
import type { ServerProcess } from "./server-process.ts";

const SUCCEEDED = /^unclip_attempt_seconds_count\{outcome="SUCCEEDED"\} [1-9]/m;
const POLL_MS = 100;
/** The check at the end finds a server that draws nothing. */
const POLLS = 600;

/** Waits until the running process has finished a job; its counters begin with it. */
export async function untilJobSucceeds({ url }: ServerProcess): Promise<void> {
  for (let polls = 0; polls < POLLS; polls++) {
    const metrics = await fetch(`${url}/metrics`).then(
      (response) => response.text(),
      () => "",
    );
    if (SUCCEEDED.test(metrics)) return;
    await sleep(POLL_MS);
  }
}
