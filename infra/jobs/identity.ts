// Ids from idempotency keys, and fingerprints that tell whether two requests are the same.
import { createHash, randomBytes } from "node:crypto";
import type { JobRequest } from "./job.ts";
import type { StoredItem } from "./stored-request.ts";

/** 26 characters, 130 bits, in Crockford's base 32: lower case, without characters that look alike. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const LENGTH = 26;

/** The same owner and key always give the same id, so that a second submit finds the first job. */
export function jobId(owner: string, idempotencyKey?: string): string {
  const bytes = idempotencyKey === undefined ? randomBytes(32) : digest("job", owner, idempotencyKey);
  return Array.from(bytes.subarray(0, LENGTH), (byte) => ALPHABET[byte % 32]).join("");
}

/** Seed for a request without one. It is derived, so that a repeated submit asks for the same pictures. */
export function seedFor(owner: string, idempotencyKey: string): number {
  return digest("seed", owner, idempotencyKey).readUInt32BE();
}

/** SHA-256 of the request and `rest`. Pictures count by content, not by upload key. */
export function fingerprintOf(request: JobRequest, rest: Readonly<Record<string, unknown>> = {}): string {
  return digest("request", canonical({ ...byContent(request), ...rest })).toString("hex");
}

export function sha256(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function byContent(request: JobRequest): object {
  const digests = (items: readonly StoredItem[] | undefined) =>
    items?.map((item) => ("image" in item ? { ...item, image: item.image.sha256 } : item));
  if (request.kind === "interpolate") return { ...request, between: digests(request.between) };
  if (request.kind === "manipulate" || request.kind === "reconstruct")
    return { ...request, image: request.image.sha256 };
  const image = "image" in request ? { image: request.image.sha256 } : {};
  return { ...request, ...image, mix: digests(request.mix) };
}

/** SHA-256 of the parts, each prefixed with its length, so that different lists of parts hash different bytes. */
function digest(...parts: readonly string[]): Buffer {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:${part}`);
  return hash.digest();
}

/** JSON with sorted keys. Undefined properties are omitted, as in JSON. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
