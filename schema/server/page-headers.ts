// What a browser may do with a response. Every answer of the server carries these headers, pages a policy of their own.

type HeaderList = Readonly<Record<string, string>>;

const COMMON: HeaderList = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
};

/** For answers that are no pages: opened as one, they load and run nothing. */
export const DATA_HEADERS: HeaderList = {
  ...COMMON,
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
};

/**
 * For a page: it runs scripts and takes styles from its own origin, and none that stand in the page or that a picture, a caption
 * or an answer brings in. It talks to its own origin only and appears in no frame. `more` replaces or adds a directive.
 */
export function pageHeaders(more: Readonly<Record<string, string>> = {}): HeaderList {
  const directives: Record<string, string> = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
    ...more,
  };
  const policy = Object.entries(directives).map(([name, sources]) => `${name} ${sources}`);
  return { ...COMMON, "content-security-policy": policy.join("; ") };
}

/** Adds the headers that the response does not set itself. */
export function addHeaders(response: Response, headers: HeaderList): Response {
  for (const [name, value] of Object.entries(headers)) {
    if (!response.headers.has(name)) response.headers.set(name, value);
  }
  return response;
}
