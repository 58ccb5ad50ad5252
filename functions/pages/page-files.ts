// Serves the files of the studio.
import { createHash } from "node:crypto";
import { pageHeaders, StaticFile } from "../../schema/index.ts";

/** Bytes by their path on the server: the page, and files whose names contain a hash of their bytes. */
export type PageFiles = ReadonlyMap<string, Uint8Array>;

const PAGE = "/index.html";
const ASSETS = "/assets/";
/** The tag of the page that names the path of streams. */
const STREAM = /(<meta name="stream" content=")[^"]*/;

type PageOptions = {
  /** Other origins that the page loads pictures from and sends uploads to. */
  readonly fileOrigins?: readonly string[];
  /** Where the page finds streams, if not at the service's own path. */
  readonly streamUrl?: string | undefined;
};

/** Resolves to undefined for paths of no page. */
export type PageRoutes = (request: Request) => Promise<Response | undefined>;

/** `open` is called once, at the first request for a path that a page may have. */
export function pageRoutes(open: () => Promise<PageFiles>, options: PageOptions = {}): PageRoutes {
  let opening: Promise<ReadonlyMap<string, StaticFile>> | undefined;
  return async (request) => {
    const { pathname } = new URL(request.url);
    const name = pathname === "/" ? PAGE : pathname;
    if (name !== PAGE && !name.startsWith(ASSETS)) return undefined;
    if (request.method !== "GET" && request.method !== "HEAD")
      return new Response("This page can only be read.\n", { status: 405, headers: { allow: "GET, HEAD" } });
    // A failure is not kept, so that the next request tries again.
    opening ??= open()
      .then((files) => toStaticFiles(files, options))
      .catch((error) => {
        opening = undefined;
        throw error;
      });
    return (await opening).get(name)?.respond(request);
  };
}

function toStaticFiles(files: PageFiles, options: PageOptions): ReadonlyMap<string, StaticFile> {
  const entries = [...files].map(
    ([name, bytes]) => [name, name === PAGE ? toPage(bytes, options) : new StaticFile(name, bytes)] as const,
  );
  return new Map(entries);
}

function toPage(template: Uint8Array, { fileOrigins = [], streamUrl }: PageOptions): StaticFile {
  const html = Buffer.from(template).toString();
  const bytes = Buffer.from(
    streamUrl === undefined ? html : html.replace(STREAM, (_, tag: string) => `${tag}${streamUrl}`),
  );
  const etag = `"${createHash("sha256").update(bytes).digest("hex").slice(0, 32)}"`;
  const sources = (...origins: readonly string[]) => ["'self'", ...origins].join(" ");
  const connected = [...fileOrigins, ...(streamUrl === undefined ? [] : [new URL(streamUrl).origin])];
  const headers = pageHeaders({
    "img-src": sources("data:", "blob:", ...fileOrigins),
    "connect-src": sources(...connected),
    // Nothing in the studio turns text into HTML.
    "require-trusted-types-for": "'script'",
  });
  return new StaticFile(PAGE, bytes, { etag, "cache-control": "no-cache", ...headers });
}
