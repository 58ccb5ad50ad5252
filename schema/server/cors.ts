// Which web pages may use the service. Browsers enforce CORS for HTTP but not for WebSockets, so the server checks those itself.

/** Refused origins that are reported: pages anywhere can send any number of different ones. */
const MAX_REPORTED = 100;

/** The origins of pages that may use the service, besides its own. */
export class Origins {
  readonly #listed: ReadonlySet<string>;
  readonly #report: (origin: string) => void;
  readonly #reported = new Set<string>();

  /** `report` is called once for each origin that is refused. */
  constructor(listed: readonly string[], report: (origin: string) => void = () => {}) {
    this.#listed = new Set(listed);
    this.#report = report;
  }

  /** The origin of the page that sent the request, if it is listed. */
  listed(headers: Headers): string | undefined {
    const origin = headers.get("origin");
    if (origin === null || isOwn(origin, headers)) return undefined;
    if (this.#listed.has(origin)) return origin;
    if (!this.#reported.has(origin) && this.#reported.size < MAX_REPORTED) {
      this.#reported.add(origin);
      this.#report(origin);
    }
    return undefined;
  }

  /** Whether a WebSocket may be opened. Programs send no origin. Browsers always do, and a page cannot forge it. */
  mayConnect(headers: Headers): boolean {
    const origin = headers.get("origin");
    return origin === null || isOwn(origin, headers) || this.listed(headers) !== undefined;
  }
}

/** Behind CloudFront, `host` is another name of the service than the page's. Browsers say themselves what is the same origin. */
function isOwn(origin: string, headers: Headers): boolean {
  if (headers.get("sec-fetch-site") === "same-origin") return true;
  return URL.canParse(origin) && new URL(origin).host === headers.get("host");
}

/** For Yoga, whose default allows every origin, with credentials. */
export function yogaCors(origins: Origins) {
  return (request: Request) => {
    const origin = origins.listed(request.headers);
    if (origin === undefined) return false;
    return {
      origin: [origin],
      credentials: false,
      methods: ["GET", "POST"],
      allowedHeaders: ["authorization", "content-type", "x-request-id"],
      exposedHeaders: ["x-request-id"],
      maxAge: 600,
    };
  };
}

/** The headers of a response to a listed page that is not Yoga's, in the form of the bucket's rule on AWS (cdk/bucket.ts). */
export function corsHeaders(origins: Origins, request: Request): Readonly<Record<string, string>> {
  const origin = origins.listed(request.headers);
  if (origin === undefined) return { vary: "origin" };
  const requested = request.headers.get("access-control-request-headers");
  return {
    vary: "origin",
    "access-control-allow-origin": origin,
    "access-control-expose-headers": "etag, content-length",
    ...(request.method === "OPTIONS" && {
      "access-control-allow-methods": "GET, HEAD, POST",
      ...(requested !== null && { "access-control-allow-headers": requested }),
      "access-control-max-age": "3600",
    }),
  };
}
