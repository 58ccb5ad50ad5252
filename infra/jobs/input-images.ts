// The pictures a request names, out of the blobs.
import { UnclipError } from "../../models/errors.ts";
import type { Blobs } from "../ports.ts";
import { sha256 } from "./identity.ts";
import type { JobRequest } from "./job.ts";
import type { StoredImage } from "./stored-request.ts";

/** By key. Throws UnclipError INVALID_PICTURE where one is gone, or is not what the request was made with. */
export async function readImages(blobs: Blobs, request: JobRequest): Promise<Map<string, Uint8Array>> {
  const images = imagesOf(request);
  const found = await Promise.all(images.map(({ key }) => blobs.get(key)));
  return new Map(
    images.map((image, i) => {
      const bytes = found[i]?.bytes;
      if (!bytes) throw new UnclipError("INVALID_PICTURE", "An uploaded picture of this request is no longer there.");
      // Kept stages go by what a picture shows: with another one in its place, somebody else's job would draw that.
      if (sha256(bytes) !== image.sha256) {
        throw new UnclipError("INVALID_PICTURE", "An uploaded picture of this request was replaced by another one.");
      }
      return [image.key, bytes];
    }),
  );
}

export function imagesOf(request: JobRequest): StoredImage[] {
  if (request.kind === "generate") return [];
  if (request.kind !== "interpolate") return [request.image];
  return request.between.flatMap((end) => ("image" in end ? [end.image] : []));
}
