// Finds the caller's objects by their ids.
import { idOfImage, parseGlobalId } from "../../infra/jobs/global-id.ts";
import type { JobRecord } from "../../infra/jobs/job.ts";
import type { StoredImage } from "../../infra/jobs/stored-request.ts";
import type { Context } from "../context.ts";
import { type PictureValue, SignedUrl, toAnimation, toPicture, toSheet, type UploadValue } from "./image.ts";
import type { NodeValue } from "./refs.ts";

/** Complexity of finding one picture that another was made from. */
export const SOURCE_COST = 5;

/** Jobs that are being read, by operation: the pictures of a page often come from the same few jobs. */
const reading = new WeakMap<Context, Map<string, Promise<JobRecord | undefined>>>();

/** Null for what does not exist, and for what belongs to another owner. */
export async function loadNode(id: string, context: Context): Promise<NodeValue | null> {
  const parsed = parseGlobalId(id);
  if (parsed === undefined) return null;
  if (parsed.type === "Upload") return loadUpload(parsed.upload, context);
  const job = await loadJob(parsed.job, context);
  if (job === undefined || parsed.type === "Job") return job ?? null;
  if (parsed.type === "Sheet") return toSheet(job);
  if (parsed.type === "Animation") return toAnimation(job);
  const picture = job.drawn.find(({ index }) => index === parsed.index);
  return picture ? toPicture(job, picture) : null;
}

/** The picture or upload of a request; null if it no longer exists. */
export async function loadImage({ key }: StoredImage, context: Context): Promise<PictureValue | UploadValue | null> {
  return (await loadNode(idOfImage(key), context)) as PictureValue | UploadValue | null;
}

async function loadUpload(id: string, { blobs, tenant }: Context): Promise<UploadValue | null> {
  const key = tenant.uploadKey(id)!;
  const file = await blobs.head(key);
  return file ? { typename: "Upload", id, ...file, link: new SignedUrl(key) } : null;
}

function loadJob(id: string, context: Context): Promise<JobRecord | undefined> {
  const jobs = reading.get(context) ?? new Map<string, Promise<JobRecord | undefined>>();
  reading.set(context, jobs);
  const known = jobs.get(id);
  if (known) return known;
  // Forgotten once it is read, because a subscription's context lives as long as the subscription.
  const read = context.tenant.get(id).finally(() => jobs.delete(id));
  jobs.set(id, read);
  return read;
}
