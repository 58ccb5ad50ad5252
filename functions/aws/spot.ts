// Polls the EC2 instance metadata service (version 2) for a Spot interruption notice.
import { setTimeout as sleep } from "node:timers/promises";

const EVERY_MS = 5_000;
const TIMEOUT_MS = 2_000;
const TOKEN_SECONDS = 21_600;

/**
 * Resolves when AWS has announced that it will reclaim this Spot instance (in two minutes), or after `signal`. If nothing
 * answers at `metadata`, it waits for `signal`.
 */
export async function spotNotice(metadata: string, signal: AbortSignal, everyMs = EVERY_MS): Promise<void> {
  let token: string | undefined;
  while (!signal.aborted) {
    try {
      token ??= await text(`${metadata}/latest/api/token`, "PUT", {
        "x-aws-ec2-metadata-token-ttl-seconds": String(TOKEN_SECONDS),
      });
      const headers = { "x-aws-ec2-metadata-token": token ?? "" };
      if (await text(`${metadata}/latest/meta-data/spot/instance-action`, "GET", headers)) return;
    } catch {
      // The token may have expired, or the service is busy.
      token = undefined;
    }
    await sleep(everyMs, undefined, { signal, ref: false }).catch(() => {});
  }
}

/** Undefined for 404, the answer while no interruption is planned. */
async function text(url: string, method: string, headers: Record<string, string>): Promise<string | undefined> {
  const response = await fetch(url, { method, headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
  const body = await response.text();
  if (response.ok) return body;
  if (response.status === 404) return undefined;
  throw new Error(`${url} answers ${response.status}`);
}
