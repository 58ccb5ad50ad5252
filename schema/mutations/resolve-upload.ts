import { sha256 } from "../../infra/jobs/identity.ts";
import type { StoredImage } from "../../infra/jobs/stored-request.ts";
import { pictureType } from "../../models/picture-type.ts";
import type { Context } from "../context.ts";
import { invalid } from "../types/errors.ts";

/** `known` are the pictures of the job that the request's idempotency key created earlier, if any. */
export type UploadContext = Context & { readonly known: readonly StoredImage[] };

/** Checks an upload and returns its blob key and hash. Reads only the file's type: the worker decodes it, in its own thread. */
export async function resolveUpload(field: string, id: string, context: UploadContext): Promise<StoredImage> {
  const { blobs, tenant, policy, known } = context;
  const missing = () => invalid(field, "is not the id of one of your uploads, or its file has not been sent");
  const key = tenant.uploadKey(id);
  if (key === undefined) throw missing();
  // A repeated request must find its job even after its uploads have expired.
  const earlier = known.find((image) => image.key === key);
  if (earlier) return earlier;
  const blob = await blobs.get(key);
  if (!blob) throw missing();
  const { bytes, contentType } = blob;
  if (bytes.length === 0) throw invalid(field, "refers to an empty file");
  if (bytes.length > policy.uploadBytes) {
    throw invalid(field, `refers to a file of ${bytes.length} bytes; the limit is ${policy.uploadBytes}`);
  }
  const found = pictureType(bytes);
  if (found === undefined) throw invalid(field, "refers to a file that is not a PNG, JPEG or WebP");
  if (found !== contentType)
    throw invalid(field, `refers to a file of type ${found} that was declared as ${contentType}`);
  return { key, sha256: sha256(bytes) };
}
