// What makes two requests the same: ids from idempotency keys, fingerprints of what was asked.
import { createHash, randomBytes } from "node:crypto";
import type { JobRequest } from "./job.ts";

/** 26 characters, 130 bits, lower case, none that looks like another (Crockford's base 32). */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const LENGTH = 26;

/** The same owner and key always give the same id, so that a second submit finds the first. */
export function jobId(owner: string, idempotencyKey?: string): string {
  const bytes = idempotencyKey === undefined ? randomBytes(32) : digest("job", owner, idempotencyKey);
  return Array.from(bytes.subarray(0, LENGTH), (byte) => ALPHABET[byte % 32]).join("");
}

/** The seed of a request that names none: a repeated submit must ask for the same pictures. */
export function seedFor(owner: string, idempotencyKey: string): number {
  return digest("seed", owner, idempotencyKey).readUInt32BE();
}

/** Of the request with each picture by what it shows, not by where it was uploaded to, and of whatever else was asked. */
export function fingerprintOf(request: JobRequest, rest: Readonly<Record<string, unknown>> = {}): string {
  return digest("request", canonical({ ...byContent(request), ...rest })).toString("hex");
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function byContent(request: JobRequest): object {
  if (request.kind === "generate") return request;
  if (request.kind !== "interpolate") return { ...request, image: request.image.sha256 };
  return { ...request, between: request.between.map((end) => ("image" in end ? { image: end.image.sha256 } : end)) };
}

/** Every part with its length before it, so that no two lists of parts run into the same bytes. */
function digest(...parts: readonly string[]): Buffer {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:${part}`);
  return hash.digest();
}

/** JSON with sorted keys; what is undefined is left out, as JSON does. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, held: unknown) =>
    typeof held === "object" && held !== null && !Array.isArray(held)
      ? Object.fromEntries(Object.entries(held).sort(([a], [b]) => (a < b ? -1 : 1)))
      : held,
  );
}
