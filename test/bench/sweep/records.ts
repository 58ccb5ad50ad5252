import type { Item } from "../../../infra/aws/clients/dynamo-calls.ts";
import { toItem } from "../../../infra/aws/item.ts";
import type { JobRecord } from "../../../infra/jobs/job.ts";
import { DAY_MS } from "../../../infra/jobs/keys.ts";
import { JOB_POLICY } from "../../../infra/jobs/policy.ts";
import { accept, markSent } from "../../../infra/jobs/transitions.ts";

const PROMPT = "a red apple on a blue background, painted with a broad brush, in the light of the late afternoon";

/** Jobs of one crowd that wait, and whose messages are to be sent again. */
export function waiting(count: number): JobRecord[] {
  const then = Date.now() - JOB_POLICY.resendMs - 60_000;
  return Array.from({ length: count }, (_, i) => {
    const request = { kind: "generate", prompt: PROMPT, count: 4, size: 256, seed: i, preset: "standard" } as const;
    const id = `01jdswept${String(i).padStart(17, "0")}`;
    const deadlines = { startSeconds: 86_400, endSeconds: 86_400 };
    const order = { id, owner: `app-${i % 40}`, request, fingerprint: "f".repeat(64), pictures: 4, ...deadlines };
    return markSent(accept(order, then), 0, then)!;
  });
}

/** The record as DynamoDB's JSON. */
export function marshalled(record: JobRecord): Item {
  return toItem(record, "write", DAY_MS);
}
