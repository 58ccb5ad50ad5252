// The options that all drawing mutations share: idempotency key, deadlines and webhook.
import { isWellFormed } from "../../infra/util/well-formed.ts";
import { webhookUrlProblem } from "../../infra/webhooks/address.ts";
import type { ApiPolicy } from "../context.ts";
import { invalid } from "../types/errors.ts";
import { OPTION_LENGTHS } from "../types/inputs.ts";

export type JobOptionsInput = {
  readonly idempotencyKey?: string | null | undefined;
  readonly startWithinSeconds?: number | null | undefined;
  readonly endWithinSeconds?: number | null | undefined;
  readonly webhook?: string | null | undefined;
};

type JobOptions = {
  readonly idempotencyKey: string | undefined;
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly webhook: string | undefined;
};

export function parseJobOptions(input: JobOptionsInput, policy: ApiPolicy): JobOptions {
  const idempotencyKey = input.idempotencyKey ?? undefined;
  if (idempotencyKey === "") throw invalid("idempotencyKey", "must not be empty");
  if (idempotencyKey !== undefined && !isWellFormed(idempotencyKey)) {
    throw invalid("idempotencyKey", "must be valid Unicode, without lone surrogates");
  }
  const max = OPTION_LENGTHS.idempotencyKey;
  if (idempotencyKey !== undefined && idempotencyKey.length > max) {
    throw invalid("idempotencyKey", `must have at most ${max} characters, not ${idempotencyKey.length}`);
  }
  return {
    idempotencyKey,
    ...parseDeadlines(input, policy),
    webhook: parseWebhook(input.webhook ?? undefined, policy),
  };
}

function parseDeadlines({ startWithinSeconds: start, endWithinSeconds: end }: JobOptionsInput, policy: ApiPolicy) {
  const { maxSeconds } = policy;
  for (const [field, seconds] of Object.entries({ startWithinSeconds: start, endWithinSeconds: end })) {
    if (seconds != null && (seconds < 1 || seconds > maxSeconds)) {
      throw invalid(field, `must be from 1 to ${maxSeconds}, not ${seconds}`);
    }
  }
  if (start != null && end != null && start > end) {
    throw invalid("startWithinSeconds", `must not be later than "endWithinSeconds"`);
  }
  // A given deadline moves the default of the other, never the other way round.
  const startSeconds = start ?? Math.min(policy.startSeconds, end ?? Number.POSITIVE_INFINITY);
  return { startSeconds, endSeconds: end ?? Math.max(policy.endSeconds, startSeconds) };
}

function parseWebhook(url: string | undefined, { webhookNetworks }: ApiPolicy): string | undefined {
  if (url === undefined) return undefined;
  const max = OPTION_LENGTHS.webhook;
  const problem = url.length > max ? `must have at most ${max} characters` : webhookUrlProblem(url, webhookNetworks);
  if (problem !== undefined) throw invalid("webhook", problem);
  return url;
}
