// What a webhook says, in the words of the GraphQL schema.
import type { JobRecord } from "../jobs/job.ts";
import type { Blobs } from "../ports.ts";

/** Long enough for a receiver that fetches the pictures from a queue of its own. */
const URL_SECONDS = 86_400;

/** Of a job that is over; its URLs are as fresh as this call. */
export async function payloadOf(job: JobRecord, blobs: Pick<Blobs, "signGet">): Promise<object> {
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
