// The type of a picture file, by its signature. Pure: callers check it before anything is decoded.

/** Media types of the pictures that can be read. */
export const PICTURE_TYPES = ["image/png", "image/jpeg", "image/webp"] as const;
/** One of PICTURE_TYPES. */
export type PictureType = (typeof PICTURE_TYPES)[number];

/** Returns undefined for bytes that are not PNG, JPEG or WebP. */
export function pictureType(bytes: Uint8Array): PictureType | undefined {
  const start = characters(bytes);
  if (start.startsWith("\x89PNG\r\n\x1a\n")) return "image/png";
  if (start.startsWith("\xff\xd8\xff")) return "image/jpeg";
  return start.startsWith("RIFF") && start.slice(8) === "WEBP" ? "image/webp" : undefined;
}

/** Completes "The picture ..." for bytes that pictureType does not know: what they are instead, where that is known. */
export function unknownTypeProblem(bytes: Uint8Array): string {
  const start = characters(bytes);
  const found = OTHERS.find(([signature, at]) => start.startsWith(signature, at))?.[2];
  const hint = found === "HEIC" ? ". Phone cameras write HEIC: export the photo as JPEG" : "";
  return `is ${found === undefined ? "" : `${found}, `}not a PNG, JPEG or WebP file${hint}`;
}

const OTHERS: readonly (readonly [signature: string, at: number, name: string])[] = [
  ["ftyphei", 4, "HEIC"],
  ["ftyphev", 4, "HEIC"],
  ["ftypmif1", 4, "HEIC"],
  ["ftypmsf1", 4, "HEIC"],
  ["ftypavi", 4, "AVIF"],
  ["GIF8", 0, "GIF"],
  ["BM", 0, "BMP"],
  ["II*\0", 0, "TIFF"],
  ["MM\0*", 0, "TIFF"],
];

/** A character for each of the first 12 bytes. Browsers run this too, and have no Buffer. */
function characters(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, 12));
}
