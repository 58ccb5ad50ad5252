// What a browser may do with a response. Every answer of the server carries these headers, pages a policy of their own.
import { createHash } from "node:crypto";

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
 * For a page that is served as a whole: the scripts inside this very HTML run, none from elsewhere and none that a picture, a
 * caption or an answer brings in. The page talks to its own origin only and appears in no frame. Styles may be inline,
 * because editors set them. `more` adds to a directive.
 */
export function pageHeaders(html: string, more: Readonly<Record<string, string>> = {}): HeaderList {
  const directives: Record<string, string> = {
    "default-src": "'none'",
    "script-src": scriptsOf(html).map(hashSource).join(" ") || "'none'",
    "style-src": "'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "data:",
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

/** The text of every inline script, as the HTML parser delimits it: to the first end tag. */
function scriptsOf(html: string): string[] {
  const scripts: string[] = [];
  const begin = /<script\b[^>]*>/gi;
  for (let match = begin.exec(html); match; match = begin.exec(html)) {
    const end = html.slice(begin.lastIndex).search(/<\/script/i);
    if (end < 0) break;
    scripts.push(html.slice(begin.lastIndex, begin.lastIndex + end));
    begin.lastIndex += end;
  }
  return scripts;
}

function hashSource(script: string): string {
  return `'sha256-${createHash("sha256").update(script).digest("base64")}'`;
}
