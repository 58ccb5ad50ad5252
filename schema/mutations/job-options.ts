// What every verb has in common: the idempotency key, the deadlines and the webhook.
import { webhookUrlProblem } from "../../infra/webhooks/address.ts";
import type { ApiPolicy } from "../context.ts";
import { invalid } from "../types/errors.ts";

const KEY_LENGTH = 200;
const URL_LENGTH = 2_000;

export type JobOptionsInput = {
  readonly idempotencyKey?: string | null | undefined;
  readonly startWithinSeconds?: number | null | undefined;
  readonly endWithinSeconds?: number | null | undefined;
  readonly webhook?: string | null | undefined;
};

export type JobOptions = {
  readonly idempotencyKey: string | undefined;
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly webhook: string | undefined;
};

export function parseJobOptions(input: JobOptionsInput, rules: ApiPolicy): JobOptions {
  const idempotencyKey = input.idempotencyKey ?? undefined;
  if (idempotencyKey === "") throw invalid("idempotencyKey", "must not be empty");
  if (idempotencyKey !== undefined && idempotencyKey.length > KEY_LENGTH) {
    throw invalid("idempotencyKey", `must have at most ${KEY_LENGTH} characters, not ${idempotencyKey.length}`);
  }
  return { idempotencyKey, ...deadlines(input, rules), webhook: webhookOf(input.webhook ?? undefined, rules) };
}

function deadlines({ startWithinSeconds: start, endWithinSeconds: end }: JobOptionsInput, rules: ApiPolicy) {
  const { maxSeconds } = rules;
  for (const [field, seconds] of Object.entries({ startWithinSeconds: start, endWithinSeconds: end })) {
    if (seconds != null && (seconds < 1 || seconds > maxSeconds)) {
      throw invalid(field, `must be from 1 to ${maxSeconds}, not ${seconds}`);
    }
  }
  if (start != null && end != null && start > end) {
    throw invalid("startWithinSeconds", `must not be later than "endWithinSeconds"`);
  }
  // A deadline that was named moves the one that was not, never the other way round.
  const startSeconds = start ?? Math.min(rules.startSeconds, end ?? Number.POSITIVE_INFINITY);
  return { startSeconds, endSeconds: end ?? Math.max(rules.endSeconds, startSeconds) };
}

function webhookOf(url: string | undefined, { loopbackWebhooks }: ApiPolicy): string | undefined {
  if (url === undefined) return undefined;
  const long = url.length > URL_LENGTH;
  const problem = long ? `must have at most ${URL_LENGTH} characters` : webhookUrlProblem(url, loopbackWebhooks);
  if (problem !== undefined) throw invalid("webhook", problem);
  return url;
}
