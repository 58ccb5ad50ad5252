// Applies deadlines and lease expiries, resends lost messages, queues webhooks that are due, and closes WebSockets whose
// clients have not authenticated in time.
import type { Context } from "aws-lambda";
import type { Connections } from "../../infra/aws/connections.ts";
import type { Post } from "../../infra/aws/post-to-connection.ts";
import type { WebhookJob } from "../../infra/jobs/job.ts";
import type { Jobs } from "../../infra/jobs/jobs.ts";
import type { Queue } from "../../infra/ports.ts";
import { forEachConcurrent } from "../../infra/util/for-each-concurrent.ts";
import type { Logger } from "../log.ts";

type SweeperParts = {
  readonly jobs: Pick<Jobs, "sweep" | "dueWebhooks" | "markNotified">;
  readonly webhooks: Pick<Queue, "send">;
  readonly connections: Pick<Connections, "findUnacknowledged" | "closeUnacknowledged">;
  readonly post: Pick<Post, "disconnect">;
  readonly log: Logger;
};

/** Records per sweep. Handling them takes far less time than RESERVE_MS. */
const SWEEP_LIMIT = 500;
const WEBHOOK_LIMITS = { total: 500, perOwner: 100 };
const RESERVE_MS = 20_000;
const SOCKET_LIMIT = 500;
/** Webhooks queued concurrently, or sockets closed concurrently, with two calls each. */
const CONCURRENCY = 25;

/** Sweeps until nothing is due or the function's time is nearly over. The rest is still due a minute later. */
export function sweeperHandler({ jobs, webhooks, connections, post, log }: SweeperParts) {
  /** The mark makes the record due again only after the message may be lost, so that other records get their turn. */
  const notify = async (job: WebhookJob): Promise<void> => {
    await webhooks.send({ id: job.id }, { group: job.owner });
    await jobs.markNotified(job);
  };
  const close = async (connection: string): Promise<void> => {
    if (await connections.closeUnacknowledged(connection)) await post.disconnect(connection);
  };
  return async (_event: unknown, context: Pick<Context, "getRemainingTimeInMillis">): Promise<void> => {
    for (let more = true; more && context.getRemainingTimeInMillis() > RESERVE_MS; ) {
      more = await jobs.sweep(SWEEP_LIMIT);
      const due = await jobs.dueWebhooks(WEBHOOK_LIMITS);
      const unacknowledged = await connections.findUnacknowledged(SOCKET_LIMIT);
      const failures: unknown[] = [];
      const acts = [...due.map((job) => () => notify(job)), ...unacknowledged.map((one) => () => close(one))];
      await forEachConcurrent(acts, CONCURRENCY, async (act) => {
        await act().catch((error) => failures.push(error));
      });
      log.info({ webhooks: due.length, sockets: unacknowledged.length, failed: failures.length }, "swept");
      if (failures.length > 0) throw new AggregateError(failures, "Queueing webhooks or closing sockets failed");
      more ||= acts.length > 0;
    }
  };
}
