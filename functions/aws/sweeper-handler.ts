// What time alone does to jobs, and the webhooks that are due.
import type { Jobs } from "../../infra/jobs/jobs.ts";
import type { Queue } from "../../infra/ports.ts";
import type { Logger } from "../log.ts";

export type SweeperParts = {
  readonly jobs: Pick<Jobs, "sweep">;
  readonly webhooks: Pick<Queue, "send">;
  readonly log: Logger;
};

/** Records that one run looks at: some twenty seconds' work when all of them need something. */
const SWEEP = 1_000;

/** A webhook stays due until it was tried, so its note may come twice; who handles it looks whether it still is. */
export function sweeperHandler({ jobs, webhooks, log }: SweeperParts) {
  return async (): Promise<void> => {
    const due = await jobs.sweep(SWEEP);
    const sent = await Promise.allSettled(due.map(({ id, owner: group }) => webhooks.send({ id }, { group })));
    const failed = sent.filter(({ status }) => status === "rejected");
    log.info({ webhooks: due.length, failed: failed.length }, "swept");
    if (failed.length > 0) throw new AggregateError(failed.map((one) => (one as PromiseRejectedResult).reason));
  };
}
