import { GraphQLError } from "graphql";
import { LimitExceededError } from "../../infra/auth/caller-limits.ts";

/** Turns LimitExceededError into status 429 with `Retry-After`, or an error with the same over a socket. */
export async function withinLimits<T>(counted: Promise<T> | undefined): Promise<T | undefined> {
  try {
    return await counted;
  } catch (error) {
    if (!(error instanceof LimitExceededError)) throw error;
    const { message, limit, retryAfterSeconds } = error;
    const http = { status: 429, headers: { "retry-after": String(retryAfterSeconds) } };
    throw new GraphQLError(message, { extensions: { code: "RATE_LIMITED", limit, retryAfterSeconds, http } });
  }
}
