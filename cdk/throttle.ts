// How many requests a deployment accepts a second, of all callers together. API Gateway answers 429 above it.
import type { ThrottleSettings } from "aws-cdk-lib/aws-apigatewayv2";

/** Requests a second over HTTP: the setting `rate`. */
export const RATE = { min: 1, max: 10_000, default: 100 } as const;
/** To follow one job over a WebSocket, a client connects, and sends connection_init, subscribe and complete. */
export const MESSAGES_PER_JOB = 4;

/** API Gateway's limits of a whole account, which may be raised on request. */
export const API_GATEWAY_RATE = 10_000;
const ACCOUNT = { rateLimit: API_GATEWAY_RATE, burstLimit: 5_000 } as const;

/** A burst of two seconds passes. */
export function throttle(perSecond: number): Required<ThrottleSettings> {
  const rateLimit = Math.min(perSecond, ACCOUNT.rateLimit);
  return { rateLimit, burstLimit: Math.min(2 * rateLimit, ACCOUNT.burstLimit) };
}
