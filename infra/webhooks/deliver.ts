// Webhooks by the Standard Webhooks specification (standardwebhooks.com): signed, and retried until delivered.
import { createHmac } from "node:crypto";
import { Webhook as Signer } from "standardwebhooks";
import type { Webhook, WebhookJob } from "../jobs/job.ts";
import { ForbiddenAddress } from "./address.ts";
import { failureText } from "./failure-text.ts";
import { type PostOptions, post } from "./post.ts";

/** Pauses between tries, from the specification's schedule. After the last one the delivery has failed. */
const RETRY_SECONDS = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/** The key that receivers verify signatures with: one per owner, derived from the deployment's secret. */
export function deriveWebhookSecret(owner: string, master: Uint8Array): string {
  return `whsec_${createHmac("sha256", master).update(`webhook\0${owner}`).digest("base64")}`;
}

type Delivery = PostOptions & {
  /** The deployment's secret. */
  readonly deploymentSecret: Uint8Array;
  readonly now: number;
};

/** The webhook after a try, and why no response came, for the log. */
type Delivered = { readonly webhook: Webhook; readonly error?: unknown };

/** Makes one try. Never rejects. `payload` must be recent, because its URLs expire. */
export async function deliver(
  { id, owner, webhook }: WebhookJob,
  payload: object,
  { deploymentSecret, now, ...options }: Delivery,
): Promise<Delivered> {
  const body = JSON.stringify(payload);
  const at = new Date(now);
  const headers = {
    "content-type": "application/json",
    "user-agent": "unclip",
    // The job's id. A receiver can use it to ignore repeated deliveries.
    "webhook-id": `job_${id}`,
    "webhook-timestamp": String(Math.floor(now / 1000)),
    "webhook-signature": new Signer(deriveWebhookSecret(owner, deploymentSecret)).sign(`job_${id}`, at, body),
  };
  const tries = webhook.tries + 1;
  try {
    const { status, retryAfter } = await post(webhook.url, headers, body, options);
    const result = { url: webhook.url, tries, lastStatus: status };
    if (status >= 200 && status < 300) return { webhook: { ...result, state: "DELIVERED" } };
    const lastError = `The receiver answered ${status}.`;
    // 410: the receiver wants no further deliveries.
    if (status === 410) return { webhook: { ...result, state: "FAILED", lastError } };
    return { webhook: scheduleRetry({ ...result, lastError }, now, retryAfter) };
  } catch (error) {
    const result = { url: webhook.url, tries, lastError: failureText(error) };
    const isFinal = error instanceof ForbiddenAddress;
    return { error, webhook: isFinal ? { ...result, state: "FAILED" } : scheduleRetry(result, now) };
  }
}

function scheduleRetry(delivery: Omit<Webhook, "state">, now: number, retryAfter = 0): Webhook {
  const pause = RETRY_SECONDS[delivery.tries - 1];
  if (pause === undefined) return { ...delivery, state: "FAILED" };
  // Jitter, so that a receiver that recovers does not get all deliveries at once.
  const seconds = Math.max(Math.min(retryAfter, 86_400), pause * (0.8 + 0.4 * Math.random()));
  return { ...delivery, state: "WAITING", nextAt: now + Math.round(seconds * 1000) };
}
