// The variables that limit what each caller may use.
import type { CallerLimits } from "../auth/caller-limits.ts";
import { integer, type Reader } from "./parsers.ts";

/** The slots of one caller and limit fit into a row of DynamoDB. */
export const CALLER_LIMITS = {
  requestsPerMinute: { variable: "UNCLIP_REQUESTS_PER_MINUTE", parser: integer(1, 1_000_000), default: 1_200 },
  uploadBytesPerHour: { variable: "UNCLIP_UPLOAD_BYTES_PER_HOUR", parser: integer(1, 1e15), default: 1_000_000_000 },
  jobsPerHour: { variable: "UNCLIP_JOBS_PER_HOUR", parser: integer(1, 1_000_000), default: 1_000 },
  streams: { variable: "UNCLIP_STREAMS", parser: integer(1, 5_000), default: 100 },
  sockets: { variable: "UNCLIP_CALLER_SOCKETS", parser: integer(1, 5_000), default: 50 },
} as const satisfies Record<keyof CallerLimits, unknown>;

export function callerLimits(read: Reader): CallerLimits {
  const limits = Object.entries(CALLER_LIMITS).map(([name, { variable, parser, default: otherwise }]) => [
    name,
    read(variable, parser, otherwise),
  ]);
  return Object.fromEntries(limits);
}
