import { sha256 } from "../../infra/jobs/identity.ts";
import { uploadKey } from "../../infra/jobs/keys.ts";
import type { StoredImage } from "../../infra/jobs/stored-request.ts";
import { pictureType } from "../../models/request.ts";
import type { Context } from "../context.ts";
import { invalid } from "../types/errors.ts";

const UPLOAD_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What a verb's input is read with: `known` are the pictures of the job that its idempotency key made before. */
export type UploadContext = Context & { readonly known: readonly StoredImage[] };

/** The upload as a request keeps it. Only its first bytes are looked at: decoding is the worker's, in its own thread. */
export async function resolveUpload(field: string, id: string, asking: UploadContext): Promise<StoredImage> {
  const { blobs, viewer, policy, known } = asking;
  const key = uploadKey(viewer.owner, id);
  // A request that is sent again finds its job as long as that is kept, which is longer than its uploads are.
  const before = known.find((image) => image.key === key);
  if (before) return before;
  // The owner is in the key: somebody else's upload is not found, and no id can lead out of the owner's folder.
  const blob = UPLOAD_ID.test(id) ? await blobs.get(key) : undefined;
  if (!blob) throw invalid(field, "names no upload of yours whose file was sent");
  const { bytes, contentType } = blob;
  if (bytes.length === 0) throw invalid(field, "names an upload whose file is empty");
  if (bytes.length > policy.uploadBytes) {
    throw invalid(field, `names an upload of ${bytes.length} bytes; ${policy.uploadBytes} are allowed`);
  }
  const found = pictureType(bytes);
  if (found === undefined) throw invalid(field, "names a file that is no PNG, JPEG or WebP");
  if (found !== contentType) throw invalid(field, `names a file that is ${found}, but was declared as ${contentType}`);
  return { key, sha256: sha256(bytes) };
}
