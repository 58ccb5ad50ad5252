// Serves the files of the studio.
import { createHash } from "node:crypto";
import { pageHeaders, StaticFile } from "../../schema/index.ts";

/** Bytes by their path on the server: the page, and files whose names contain a hash of their bytes. */
export type PageFiles = ReadonlyMap<string, Uint8Array>;

const PAGE = "/index.html";
const ASSETS = "/assets/";

/** Nothing in the studio turns text into HTML. */
const PAGE_HEADERS = pageHeaders({ "require-trusted-types-for": "'script'" });

/** Resolves to undefined for paths of no page. */
export type PageRoutes = (request: Request) => Promise<Response | undefined>;

/** `open` is called once, at the first request for a path that a page may have. */
export function pageRoutes(open: () => Promise<PageFiles>): PageRoutes {
  let opening: Promise<ReadonlyMap<string, StaticFile>> | undefined;
  return async (request) => {
    const { pathname } = new URL(request.url);
    const name = pathname === "/" ? PAGE : pathname;
    if (name !== PAGE && !name.startsWith(ASSETS)) return undefined;
    if (request.method !== "GET" && request.method !== "HEAD")
      return new Response("This page can only be read.\n", { status: 405, headers: { allow: "GET, HEAD" } });
    // A failure is not kept, so that the next request tries again.
    opening ??= open()
      .then(toStaticFiles)
      .catch((error) => {
        opening = undefined;
        throw error;
      });
    return (await opening).get(name)?.respond(request);
  };
}

function toStaticFiles(files: PageFiles): ReadonlyMap<string, StaticFile> {
  return new Map([...files].map(([name, bytes]) => [name, toStaticFile(name, bytes)]));
}

function toStaticFile(name: string, bytes: Uint8Array): StaticFile {
  if (name !== PAGE) return new StaticFile(name, bytes);
  const etag = `"${createHash("sha256").update(bytes).digest("hex").slice(0, 32)}"`;
  return new StaticFile(name, bytes, { etag, "cache-control": "no-cache", ...PAGE_HEADERS });
}
