// Loads the pictures that a request names from the blobs.
import { UnclipError } from "../../models/errors.ts";
import type { Blobs } from "../ports.ts";
import { sha256 } from "./identity.ts";
import type { JobRequest } from "./job.ts";
import type { StoredImage, StoredItem } from "./stored-request.ts";

/** Bytes by key. Throws like readImage. */
export async function readImages(blobs: Blobs, request: JobRequest): Promise<Map<string, Uint8Array>> {
  const images = imagesOf(request);
  const found = await Promise.all(images.map((image) => readImage(blobs, image)));
  return new Map(images.map(({ key }, i) => [key, found[i]!]));
}

/** Throws UnclipError INVALID_PICTURE if the picture is gone or differs from the one in the request. */
export async function readImage(blobs: Pick<Blobs, "get">, image: StoredImage): Promise<Uint8Array> {
  const bytes = (await blobs.get(image.key))?.bytes;
  if (!bytes) throw new UnclipError("INVALID_PICTURE", "A picture of this request no longer exists.");
  // The stage cache is keyed by content. Drawing other bytes would put wrong stages into other jobs' cache entries.
  if (sha256(bytes) !== image.sha256) {
    throw new UnclipError("INVALID_PICTURE", "A picture of this request was replaced.");
  }
  return bytes;
}

export function imagesOf(request: JobRequest): StoredImage[] {
  const among = (items: readonly StoredItem[] = []) => items.flatMap((item) => ("image" in item ? [item.image] : []));
  if (request.kind === "interpolate") return among(request.between);
  if (request.kind === "manipulate" || request.kind === "reconstruct") return [request.image];
  return [...("image" in request ? [request.image] : []), ...among(request.mix)];
}
