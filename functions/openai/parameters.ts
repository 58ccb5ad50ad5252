// The parameters of OpenAI's Images API, from a JSON body or a form. Those that have no meaning here (model, quality, style,
// user and others) are accepted and ignored.
import { readAtMost } from "../../infra/util/read-at-most.ts";
import { invalidField, OpenAiError } from "./error.ts";

/** The most pictures of one request, as in OpenAI's API. */
const MAX_PICTURES = 10;
const FORMATS = ["url", "b64_json"] as const;

export type Parameters = {
  readonly count: number;
  /** Undefined for the service's default. */
  readonly size: number | undefined;
  readonly format: (typeof FORMATS)[number];
};

/** Values of JSON, or texts of a form. Throws OpenAiError. */
export function parseParameters(fields: Readonly<Record<string, unknown>>): Parameters {
  const { n, size, response_format: format = "url" } = fields;
  const count = n === undefined || n === null || n === "" ? 1 : Number(n);
  if (!Number.isInteger(count) || count < 1 || count > MAX_PICTURES) {
    throw invalidField("n", `must be an integer from 1 to ${MAX_PICTURES}`);
  }
  const known = FORMATS.find((name) => name === (format ?? "url"));
  if (known === undefined) throw invalidField("response_format", `must be one of ${FORMATS.join(", ")}`);
  return { count, size: parseSize(size), format: known };
}

/** "256x256" -> 256. */
function parseSize(size: unknown): number | undefined {
  if (size === undefined || size === null || size === "auto") return undefined;
  const [, width, height] = /^(\d{1,5})x(\d{1,5})$/.exec(String(size)) ?? [];
  if (width === undefined || width !== height) throw invalidField("size", 'must be a square such as "256x256"');
  return Number(width);
}

export async function readJson(request: Request, maxBytes: number): Promise<Record<string, unknown>> {
  const body: unknown = await (await readBody(request, maxBytes)).json().catch(() => undefined);
  if (typeof body === "object" && body !== null && !Array.isArray(body)) return body as Record<string, unknown>;
  throw new OpenAiError(400, "The body is not a JSON object.");
}

export async function readForm(request: Request, maxBytes: number): Promise<FormData> {
  const body = await readBody(request, maxBytes);
  return body.formData().catch(() => {
    throw new OpenAiError(400, "The body is not a form (multipart/form-data).");
  });
}

/** Reads the body as a whole, but no more than `maxBytes`: a client that streams a file sends no length. */
async function readBody({ headers, body }: Request, maxBytes: number): Promise<Response> {
  const bytes = body ? await readAtMost(body, maxBytes) : null;
  if (bytes === undefined) throw new OpenAiError(413, `The body is larger than ${maxBytes} bytes.`);
  return new Response(bytes, { headers: { "content-type": headers.get("content-type") ?? "" } });
}
