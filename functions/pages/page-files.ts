// Serves the files of the studio.
import { createHash } from "node:crypto";
import { memoizeAsync } from "../../infra/util/memoize-async.ts";
import { pageHeaders, StaticFile } from "../../schema/index.ts";

/** Bytes by their path on the server: the page, and files whose names contain a hash of their bytes. */
export type PageFiles = ReadonlyMap<string, Uint8Array>;

const PAGE = "/index.html";
const ASSETS = "/assets/";
/** The tag of the page that names the URL of streams. */
const STREAM = /(<meta name="stream" content=")[^"]*/;

type PageOptions = {
  /** Other origins that the page loads pictures from and sends uploads to. */
  readonly fileOrigins?: readonly string[];
  /** Path or URL for subscriptions, if it is not that of the API. */
  readonly streamUrl?: string | undefined;
};

/** Resolves to undefined for paths of no page. */
export type PageRoutes = (request: Request) => Promise<Response | undefined>;

/** `open` is called at the first request for a path that a page may have; after a failure, at the next one again. */
export function pageRoutes(open: () => Promise<PageFiles>, options: PageOptions = {}): PageRoutes {
  const files = memoizeAsync(async () => toStaticFiles(await open(), options));
  return async (request) => {
    const { pathname } = new URL(request.url);
    const name = pathname === "/" ? PAGE : pathname;
    if (name !== PAGE && !name.startsWith(ASSETS)) return undefined;
    if (request.method !== "GET" && request.method !== "HEAD")
      return new Response("This page can only be read.\n", { status: 405, headers: { allow: "GET, HEAD" } });
    return (await files()).get(name)?.respond(request);
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
  const connected = [...fileOrigins, ...(URL.canParse(streamUrl ?? "") ? [new URL(streamUrl!).origin] : [])];
  const headers = pageHeaders({
    "img-src": sources("data:", "blob:", ...fileOrigins),
    "connect-src": sources(...connected),
    // Nothing in the studio turns text into HTML.
    "require-trusted-types-for": "'script'",
  });
  return new StaticFile(PAGE, bytes, { etag, "cache-control": "no-cache", ...headers });
}
