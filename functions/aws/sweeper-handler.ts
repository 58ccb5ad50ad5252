// What time alone does to jobs, and the webhooks that are due.
import type { Context } from "aws-lambda";
import type { JobRecord } from "../../infra/jobs/job.ts";
import type { Jobs } from "../../infra/jobs/jobs.ts";
import type { Queue } from "../../infra/ports.ts";
import { forEachConcurrent } from "../../infra/util/for-each-concurrent.ts";
import type { Logger } from "../log.ts";

export type SweeperParts = {
  readonly jobs: Pick<Jobs, "sweep" | "noted">;
  readonly webhooks: Pick<Queue, "send">;
  readonly log: Logger;
};

/** Records that are looked at before the time is: their reading and all they may need takes far less than the reserve. */
const SWEEP = 500;
const RESERVE_MS = 20_000;
/** Webhooks that are noted at the same time: two calls each, one after another. */
const NOTED_ABREAST = 25;

/** Sweeps until nothing more is due, or its time is nearly over: the rest is still due a minute later. */
export function sweeperHandler({ jobs, webhooks, log }: SweeperParts) {
  /** Once it says so, the record is not due before the note may have been lost, and others come to their turn. */
  const note = async (job: JobRecord): Promise<void> => {
    await webhooks.send({ id: job.id }, { group: job.owner });
    await jobs.noted(job);
  };
  return async (_event: unknown, context: Pick<Context, "getRemainingTimeInMillis">): Promise<void> => {
    for (let more = true; more && context.getRemainingTimeInMillis() > RESERVE_MS; ) {
      const swept = await jobs.sweep(SWEEP);
      const failures: unknown[] = [];
      await forEachConcurrent(swept.hooks, NOTED_ABREAST, async (job) => {
        await note(job).catch((error) => failures.push(error));
        return true;
      });
      log.info({ webhooks: swept.hooks.length, failed: failures.length }, "swept");
      if (failures.length > 0) throw new AggregateError(failures);
      ({ more } = swept);
    }
  };
}
