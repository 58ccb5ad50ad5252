import { sha256 } from "../../infra/jobs/identity.ts";
import { uploadKey } from "../../infra/jobs/keys.ts";
import type { StoredImage } from "../../infra/jobs/stored-request.ts";
import { pictureType } from "../../models/picture-type.ts";
import type { Context } from "../context.ts";
import { invalid } from "../types/errors.ts";

const UPLOAD_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** `known` are the pictures of the job that the request's idempotency key created earlier, if any. */
export type UploadContext = Context & { readonly known: readonly StoredImage[] };

/** Checks an upload and returns its blob key and hash. Reads only the file's type: the worker decodes it, in its own thread. */
export async function resolveUpload(field: string, id: string, context: UploadContext): Promise<StoredImage> {
  const { blobs, viewer, policy, known } = context;
  const key = uploadKey(viewer.owner, id);
  // A repeated request must find its job even after its uploads have expired.
  const earlier = known.find((image) => image.key === key);
  if (earlier) return earlier;
  // The key contains the owner, so another owner's upload is not found, and no id leads out of the owner's folder.
  const blob = UPLOAD_ID.test(id) ? await blobs.get(key) : undefined;
  if (!blob) throw invalid(field, "is not the id of one of your uploads, or its file has not been sent");
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
