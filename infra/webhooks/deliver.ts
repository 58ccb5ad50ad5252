// Webhooks by the Standard Webhooks specification (standardwebhooks.com): signed, tried again, told once.
import { createHmac } from "node:crypto";
import { Webhook as Signer } from "standardwebhooks";
import type { JobRecord, Webhook } from "../jobs/job.ts";
import { ForbiddenAddress } from "./address.ts";
import { type PostOptions, post } from "./post.ts";

/** Seconds before the next try, from the specification's schedule; after the last one it has failed. */
const PAUSES = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/** What the receiver verifies with: one for each owner, from the deployment's own secret. */
export function secretFor(owner: string, master: Uint8Array): string {
  return `whsec_${createHmac("sha256", master).update(`webhook\0${owner}`).digest("base64")}`;
}

export type Delivery = PostOptions & {
  /** The deployment's secret. */
  readonly master: Uint8Array;
  readonly now: number;
};

/** One try; the webhook as it stands after it. Never rejects. `payload` is made anew, so that its URLs are fresh. */
export async function deliver(
  { id, owner, webhook }: JobRecord & { readonly webhook: Webhook },
  payload: object,
  { master, now, ...options }: Delivery,
): Promise<Webhook> {
  const body = JSON.stringify(payload);
  const at = new Date(now);
  const headers = {
    "content-type": "application/json",
    "user-agent": "unclip",
    // The job's id: a receiver that has seen it may ignore the rest.
    "webhook-id": `job_${id}`,
    "webhook-timestamp": String(Math.floor(now / 1000)),
    "webhook-signature": new Signer(secretFor(owner, master)).sign(`job_${id}`, at, body),
  };
  const tries = webhook.tries + 1;
  try {
    const { status, retryAfter } = await post(webhook.url, headers, body, options);
    const told = { url: webhook.url, tries, lastStatus: status };
    if (status >= 200 && status < 300) return { ...told, state: "DELIVERED" };
    // 410: the receiver wants no more of them.
    if (status === 410) return { ...told, state: "FAILED", lastError: "The receiver answered 410 Gone." };
    return again({ ...told, lastError: `The receiver answered ${status}.` }, now, retryAfter);
  } catch (error) {
    const told = { url: webhook.url, tries, lastError: (error as Error).message };
    return error instanceof ForbiddenAddress ? { ...told, state: "FAILED" } : again(told, now);
  }
}

function again(told: Omit<Webhook, "state">, now: number, retryAfter = 0): Webhook {
  const pause = PAUSES[told.tries - 1];
  if (pause === undefined) return { ...told, state: "FAILED" };
  // Some chance, so that a receiver that comes back is not met by all at once.
  const seconds = Math.max(Math.min(retryAfter, 86_400), pause * (0.8 + 0.4 * Math.random()));
  return { ...told, state: "WAITING", nextAt: now + Math.round(seconds * 1000) };
}
