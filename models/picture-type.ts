// The type of a picture file, by its signature. Pure: callers check it before anything is decoded.

/** Media types of the pictures that can be read. */
export const PICTURE_TYPES = ["image/png", "image/jpeg", "image/webp"] as const;
/** One of PICTURE_TYPES. */
export type PictureType = (typeof PICTURE_TYPES)[number];

/** Returns undefined for bytes that are not PNG, JPEG or WebP. */
export function pictureType(bytes: Uint8Array): PictureType | undefined {
  // A character for each byte. Browsers run this too, and have no Buffer.
  const start = String.fromCharCode(...bytes.subarray(0, 12));
  if (start.startsWith("\x89PNG\r\n\x1a\n")) return "image/png";
  if (start.startsWith("\xff\xd8\xff")) return "image/jpeg";
  return start.startsWith("RIFF") && start.slice(8) === "WEBP" ? "image/webp" : undefined;
}
