// One webhook's next try: what it says, and what became of it.
import { change } from "../../infra/jobs/change.ts";
import type { JobRecord, Webhook } from "../../infra/jobs/job.ts";
import { hooked } from "../../infra/jobs/moves.ts";
import { deliver } from "../../infra/webhooks/deliver.ts";
import type { Logger } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { World } from "./world.ts";

/** Long enough for a receiver that fetches the pictures from a queue of its own. */
const URL_SECONDS = 86_400;

export function deliverer({ store, blobs, secret }: World, log: Logger, metrics: Metrics, signal: AbortSignal) {
  return async (job: JobRecord & { readonly webhook: Webhook }): Promise<void> => {
    try {
      const webhook = await deliver(job, await payload(job, blobs), { master: secret, now: Date.now(), signal });
      // Cut short by the server's own end, it was no try: the next start makes it again.
      if (signal.aborted && webhook.state === "WAITING") return;
      metrics.webhook(webhook.state);
      log.info({ job: job.id, state: webhook.state, tries: webhook.tries, err: webhook.lastError }, "webhook tried");
      await change(store, job.id, (now) => hooked(now, webhook, Date.now()));
    } catch (error) {
      log.error({ job: job.id, err: error }, "a webhook could not be told");
    }
  };
}

/** Words as in the GraphQL schema. */
async function payload(job: JobRecord, blobs: World["blobs"]): Promise<object> {
  const link = async (key: string | undefined) => key && (await blobs.signGet(key, URL_SECONDS)).url;
  const { id, status, failure, warnings, request, sheet, animation } = job;
  const pictures = await Promise.all(
    job.drawn.map(async ({ index, size, seed, score, key }) => ({ index, size, seed, score, url: await link(key) })),
  );
  return {
    type: `job.${status.toLowerCase()}`,
    timestamp: new Date(job.endedAt!).toISOString(),
    data: {
      id,
      kind: request.kind.toUpperCase(),
      status,
      pictures,
      sheet: await link(sheet),
      animation: await link(animation?.key),
      warnings,
      failure,
    },
  };
}
