// Finds the file behind the `image` of an input: a picture of the caller's, or an upload.
import { type GlobalId, parseGlobalId } from "../../infra/jobs/global-id.ts";
import { sha256 } from "../../infra/jobs/identity.ts";
import { pictureKey } from "../../infra/jobs/keys.ts";
import type { StoredImage } from "../../infra/jobs/stored-request.ts";
import type { Blob } from "../../infra/ports.ts";
import { pictureSize, sizeProblem } from "../../models/picture-limits.ts";
import { pictureType, unknownTypeProblem } from "../../models/picture-type.ts";
import type { Context } from "../context.ts";
import { invalid } from "./errors.ts";

/** `known` are the images of the job that the request's idempotency key created earlier, if any. */
export type ImageContext = Context & { readonly known: readonly StoredImage[] };

const NOT_IMAGES = { Job: "a job", Sheet: "a contact sheet", Animation: "an animation" } as const;

/** Returns the file's blob key and hash. Reads only the file's header: the worker decodes it, in its own thread. */
export async function resolveImage(field: string, id: string, context: ImageContext): Promise<StoredImage> {
  const parsed = parseGlobalId(id);
  if (parsed !== undefined && parsed.type in NOT_IMAGES) {
    const what = NOT_IMAGES[parsed.type as keyof typeof NOT_IMAGES];
    throw invalid(field, `is the id of ${what}; pass the id of one picture`);
  }
  const key = keyOf(parsed, context);
  // A repeated request must find its job even after its images were deleted or have expired.
  const earlier = context.known.find((image) => image.key === key);
  if (earlier) return earlier;
  const blob = key !== undefined && (await isOwn(parsed!, context)) ? await context.blobs.get(key) : undefined;
  if (!blob) {
    const unsent = "or the upload's file has not been sent";
    throw invalid(field, `is not the id of one of your uploads or pictures, ${unsent}`);
  }
  if (parsed!.type === "Upload") checkUpload(field, blob, context.policy.uploadBytes);
  return { key: key!, sha256: sha256(blob.bytes) };
}

/** An upload's key contains the owner, so another owner's upload is not found. */
function keyOf(id: GlobalId | undefined, { tenant }: Context): string | undefined {
  if (id?.type === "Upload") return tenant.uploadKey(id.upload);
  return id?.type === "Picture" ? pictureKey(id.job, id.index) : undefined;
}

/** A picture belongs to the owner of its job, which must still have it. */
async function isOwn(id: GlobalId, { tenant }: Context): Promise<boolean> {
  if (id.type !== "Picture") return true;
  const job = await tenant.get(id.job);
  return job?.drawn.some(({ index }) => index === id.index) ?? false;
}

function checkUpload(field: string, { bytes, contentType }: Blob, limit: number): void {
  if (bytes.length === 0) throw invalid(field, "refers to an empty file");
  if (bytes.length > limit) throw invalid(field, `refers to a file of ${bytes.length} bytes; the limit is ${limit}`);
  const found = pictureType(bytes);
  if (found === undefined) throw invalid(field, `refers to a file that ${unknownTypeProblem(bytes)}`);
  if (found !== contentType)
    throw invalid(field, `refers to a file of type ${found} that was declared as ${contentType}`);
  const size = pictureSize(bytes);
  const problem = size && sizeProblem(size);
  if (problem !== undefined) throw invalid(field, `refers to a picture that ${problem}`);
}
