// Serves the files of the pages: the studio, and what GraphiQL loads.
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { pageHeaders } from "../../schema/index.ts";

/** Bytes by their path on the server. The names under /assets/ contain a hash of the bytes. */
export type PageFiles = Map<string, Uint8Array>;

const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};
const YEAR = 31_536_000;

/** Brotli's 5 is near gzip's speed and 10 % smaller than it; 11 would take 20 s for GraphiQL. */
const ENCODERS = {
  br: (bytes: Uint8Array) => promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
  gzip: (bytes: Uint8Array) => promisify(gzip)(bytes),
} as const;
type Encoding = keyof typeof ENCODERS;

/** Resolves to undefined for paths of no page. */
export type PageRoutes = (request: Request) => Promise<Response | undefined>;

/** `open` is called once, at the first request for a path that `mayHave` accepts. */
export function pageRoutes(mayHave: (pathname: string) => boolean, open: () => Promise<PageFiles>): PageRoutes {
  let opening: Promise<PageFiles> | undefined;
  const encoded = new Map<string, Promise<Uint8Array>>();
  const encode = (name: string, bytes: Uint8Array, encoding: Encoding) => {
    const key = `${encoding} ${name}`;
    const known = encoded.get(key) ?? ENCODERS[encoding](bytes);
    encoded.set(key, known);
    return known;
  };
  return async (request) => {
    const { pathname } = new URL(request.url);
    const name = pathname === "/" ? "/index.html" : pathname;
    if (!mayHave(name)) return undefined;
    if (request.method !== "GET" && request.method !== "HEAD")
      return new Response("This page is only read.\n", { status: 405, headers: { allow: "GET, HEAD" } });
    // A failure is not kept, so that the next request tries again.
    opening ??= open().catch((error) => {
      opening = undefined;
      throw error;
    });
    const bytes = (await opening).get(name);
    if (bytes === undefined) return undefined;
    const headers = new Headers(headersOf(name, bytes));
    const known = request.headers.get("if-none-match");
    if (known !== null && known === headers.get("etag")) return new Response(null, { status: 304, headers });
    const encoding = acceptedEncoding(request.headers.get("accept-encoding") ?? "");
    if (encoding) headers.set("content-encoding", encoding);
    const body = encoding ? await encode(name, bytes, encoding) : bytes;
    headers.set("content-length", String(body.length));
    return new Response(request.method === "HEAD" ? null : (body as Uint8Array<ArrayBuffer>), { headers });
  };
}

function headersOf(name: string, bytes: Uint8Array): Record<string, string> {
  const common = {
    "content-type": TYPES[name.slice(name.lastIndexOf(".") + 1)] ?? "application/octet-stream",
    vary: "accept-encoding",
  };
  if (name !== "/index.html") return { ...common, "cache-control": `public, max-age=${YEAR}, immutable` };
  const etag = `"${createHash("sha256").update(bytes).digest("hex").slice(0, 32)}"`;
  return { ...common, etag, "cache-control": "no-cache", ...PAGE_HEADERS };
}

/** Nothing in the studio turns text into HTML. */
const PAGE_HEADERS = pageHeaders({ "require-trusted-types-for": "'script'" });

function acceptedEncoding(header: string): Encoding | undefined {
  const accepted = header.split(",").map((each) => each.trim().split(";"));
  const allows = (name: string) =>
    accepted.some(([each, weight]) => each === name && !/q=0(\.0*)?$/.test(weight ?? ""));
  return (["br", "gzip"] as const).find(allows);
}
