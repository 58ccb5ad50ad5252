// What a machine of EC2 learns of its own end: instance metadata, version 2.
import { setTimeout as sleep } from "node:timers/promises";

const EVERY_MS = 5_000;
const TIMEOUT_MS = 2_000;
const TOKEN_SECONDS = 21_600;

/**
 * Resolves when AWS has said that it takes this Spot instance back (in two minutes), or after `signal`. Where nothing
 * answers at `metadata`, nobody will say so.
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
      // The token may have grown old, or the service be busy.
      token = undefined;
    }
    await sleep(everyMs, undefined, { signal, ref: false }).catch(() => {});
  }
}

/** Undefined for what is not there, as an action is as long as none is planned. */
async function text(url: string, method: string, headers: Record<string, string>): Promise<string | undefined> {
  const response = await fetch(url, { method, headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
  const body = await response.text();
  if (response.ok) return body;
  if (response.status === 404) return undefined;
  throw new Error(`${url} answers ${response.status}`);
}
