// Serves the signed URLs and upload forms of local blobs on the server's own origin: no second port.
import { createHash } from "node:crypto";
import type { Blobs } from "../ports.ts";
import type { BlobSigner } from "./blob-signer.ts";
import { FormError, readForm } from "./multipart.ts";

/** Resolves to undefined for paths outside of the blobs. */
export type BlobRoutes = (request: Request) => Promise<Response | undefined>;

export function blobRoutes(blobs: Blobs, signer: BlobSigner): BlobRoutes {
  return async (request) => {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === signer.path) {
      if (request.method !== "POST") return failure(405, "MethodNotAllowed", "Upload forms are sent by POST");
      return upload(blobs, signer, request);
    }
    if (!pathname.startsWith(`${signer.path}/`)) return undefined;
    if (request.method !== "GET" && request.method !== "HEAD") {
      return failure(405, "MethodNotAllowed", "A blob's URL is only read");
    }
    const key = pathname.slice(signer.path.length + 1);
    const refusal = signer.refusal(key, searchParams);
    return refusal ? failure(403, refusal.refused, refusal.message) : serve(blobs, key, request);
  };
}

async function serve(blobs: Blobs, key: string, request: Request): Promise<Response> {
  const blob = await blobs.get(key);
  if (blob === undefined) return failure(404, "NoSuchKey", "There is no such blob");
  const etag = `"${createHash("sha256").update(blob.bytes).digest("hex").slice(0, 32)}"`;
  const headers = {
    ETag: etag,
    "Cache-Control": "private, max-age=3600",
    "Content-Type": blob.contentType,
    "Content-Length": String(blob.bytes.length),
    "Content-Disposition": `inline; filename="${key.slice(key.lastIndexOf("/") + 1)}"`,
    "X-Content-Type-Options": "nosniff",
    // The file may be an upload, served on the API's origin. Opened as a page (SVG), it must not run scripts.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
  };
  const known = request.headers.get("If-None-Match")?.split(/\s*,\s*/) ?? [];
  if (known.includes(etag)) return new Response(null, { status: 304, headers: { ETag: etag } });
  return new Response(request.method === "HEAD" ? null : (blob.bytes as Uint8Array<ArrayBuffer>), { headers });
}

/**
 * Leaves the rest of a refused body unread: Node's server discards it after the response. Cancelling the body would reset
 * the connection before the response arrives.
 */
async function upload(blobs: Blobs, signer: BlobSigner, request: Request): Promise<Response> {
  const chunks = (request.body ?? empty())[Symbol.asyncIterator]();
  try {
    const form = await readForm(request.headers.get("Content-Type") ?? "", chunks);
    const allowed = signer.allowed(form.fields);
    if ("refused" in allowed) return failure(403, allowed.refused, allowed.message);
    const bytes = await form.file(allowed.maxBytes);
    if (bytes.length === 0) return failure(400, "EntityTooSmall", "The file is empty");
    await blobs.put(allowed.key, { bytes, contentType: allowed.contentType });
    return new Response(null, { status: 204 });
  } catch (error) {
    if (!(error instanceof FormError)) throw error;
    if (error.code === "TOO_LARGE") return failure(413, "EntityTooLarge", error.message);
    return failure(400, "MalformedPOSTRequest", error.message);
  }
}

async function* empty(): AsyncGenerator<Uint8Array> {}

function failure(status: number, code: string, message: string): Response {
  return Response.json({ code, message }, { status, headers: { "Cache-Control": "no-store" } });
}
