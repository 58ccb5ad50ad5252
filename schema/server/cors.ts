// Whose pages may call. CORS asks for HTTP; nothing asks for WebSockets, which any page may open, so the server must.
export type Origins = readonly string[];

/** For Yoga, whose own default lets in every origin, with credentials. */
export function corsFor(origins: Origins) {
  return (request: Request) => {
    const origin = request.headers.get("origin");
    if (origin === null || !origins.includes(origin)) return false;
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

/** Programs send no origin; pages do, and cannot lie about it. */
export function mayConnect(headers: Headers, origins: Origins): boolean {
  const origin = headers.get("origin");
  if (origin === null || origins.includes(origin)) return true;
  return URL.canParse(origin) && new URL(origin).host === headers.get("host");
}
