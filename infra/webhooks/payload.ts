// The body of a webhook. Names and values follow the GraphQL schema.
import { pictureId } from "../jobs/global-id.ts";
import type { JobRecord } from "../jobs/job.ts";
import type { Blobs } from "../ports.ts";

/** Long enough for a receiver that fetches the pictures later, from a queue of its own. */
const URL_SECONDS = 86_400;

/** For a job that has ended. Each call signs the URLs anew. */
export async function createPayload(job: JobRecord, blobs: Pick<Blobs, "signGet">): Promise<object> {
  const expiries: number[] = [];
  const link = async (key: string | undefined) => {
    if (key === undefined) return undefined;
    const { url, expiresAt } = await blobs.signGet(key, URL_SECONDS);
    expiries.push(expiresAt);
    return url;
  };
  const { id, status, failure, warnings, request, sheet, animation } = job;
  const pictures = await Promise.all(
    job.drawn.map(async ({ index, size, seed, score, key }) => {
      return { id: pictureId(id, index), index, size, seed, score, url: await link(key) };
    }),
  );
  const files = { sheet: await link(sheet), animation: await link(animation?.key) };
  return {
    type: `job.${status.toLowerCase()}`,
    timestamp: new Date(job.endedAt!).toISOString(),
    data: {
      id,
      kind: request.kind.toUpperCase(),
      status,
      pictures,
      ...files,
      // When the first of the URLs expires.
      expiresAt: expiries.length > 0 ? new Date(Math.min(...expiries)).toISOString() : undefined,
      warnings,
      failure,
    },
  };
}
