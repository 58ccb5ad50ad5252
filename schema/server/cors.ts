// Which web pages may call the API. Browsers enforce CORS for HTTP but not for WebSockets, so the server checks those itself.

/** For Yoga, whose default allows every origin, with credentials. */
export function corsFor(origins: readonly string[]) {
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

/** Programs send no origin. Browsers always do, and a page cannot forge it. */
export function mayConnect(headers: Headers, origins: readonly string[]): boolean {
  const origin = headers.get("origin");
  if (origin === null || origins.includes(origin)) return true;
  return URL.canParse(origin) && new URL(origin).host === headers.get("host");
}
