// Applies deadlines and lease expiries, resends lost messages, and queues webhooks that are due.
import type { Context } from "aws-lambda";
import type { WebhookJob } from "../../infra/jobs/job.ts";
import type { Jobs } from "../../infra/jobs/jobs.ts";
import type { Queue } from "../../infra/ports.ts";
import { forEachConcurrent } from "../../infra/util/for-each-concurrent.ts";
import type { Logger } from "../log.ts";

type SweeperParts = {
  readonly jobs: Pick<Jobs, "sweep" | "dueWebhooks" | "markNotified">;
  readonly webhooks: Pick<Queue, "send">;
  readonly log: Logger;
};

/** Records per sweep. Handling them takes far less time than RESERVE_MS. */
const SWEEP_LIMIT = 500;
const WEBHOOK_LIMITS = { total: 500, perOwner: 100 };
const RESERVE_MS = 20_000;
/** Webhooks queued concurrently, with two calls each. */
const WEBHOOK_CONCURRENCY = 25;

/** Sweeps until nothing is due or the function's time is nearly over. The rest is still due a minute later. */
export function sweeperHandler({ jobs, webhooks, log }: SweeperParts) {
  /** The mark makes the record due again only after the message may be lost, so that other records get their turn. */
  const notify = async (job: WebhookJob): Promise<void> => {
    await webhooks.send({ id: job.id }, { group: job.owner });
    await jobs.markNotified(job);
  };
  return async (_event: unknown, context: Pick<Context, "getRemainingTimeInMillis">): Promise<void> => {
    for (let more = true; more && context.getRemainingTimeInMillis() > RESERVE_MS; ) {
      more = await jobs.sweep(SWEEP_LIMIT);
      const due = await jobs.dueWebhooks(WEBHOOK_LIMITS);
      const failures: unknown[] = [];
      await forEachConcurrent(due, WEBHOOK_CONCURRENCY, async (job) => {
        await notify(job).catch((error) => failures.push(error));
      });
      log.info({ webhooks: due.length, failed: failures.length }, "swept");
      if (failures.length > 0) throw new AggregateError(failures, "Queueing webhooks failed");
      more ||= due.length > 0;
    }
  };
}
