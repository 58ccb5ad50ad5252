// What a message of a queue says. The functions that a queue calls read it without a client of SQS.
import type { JobMessage } from "../ports.ts";

/** Parses a message's body; undefined if it is not a message of unclip. */
export function parseJobMessage(body: string | undefined): JobMessage | undefined {
  try {
    const { id } = JSON.parse(body ?? "") as Partial<JobMessage>;
    return typeof id === "string" ? { id } : undefined;
  } catch {
    return undefined;
  }
}
