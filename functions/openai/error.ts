// Refusals in the form of OpenAI's API. Its clients read `error` and retry some statuses by themselves.

type ErrorType = "invalid_request_error" | "rate_limit_error" | "server_error";

export class OpenAiError extends Error {
  readonly status: number;
  readonly type: ErrorType;
  readonly code: string | null;
  /** The field of the request. */
  readonly param: string | null;

  constructor(
    status: number,
    message: string,
    { code = null, param = null }: { readonly code?: string | null; readonly param?: string | null } = {},
  ) {
    super(message);
    this.status = status;
    this.type = status >= 500 ? "server_error" : status === 429 ? "rate_limit_error" : "invalid_request_error";
    this.code = code;
    this.param = param;
  }
}

export function invalidField(param: string, problem: string): OpenAiError {
  return new OpenAiError(400, `'${param}' ${problem}.`, { code: "invalid_value", param });
}

/** A job was drawn in vain, or would be drawn again: the clients must not repeat the request by themselves. */
const NO_RETRY = { "x-should-retry": "false" };
const NEEDS_KEY = { "www-authenticate": "Bearer" };

export function errorResponse({ status, message, type, code, param }: OpenAiError): Response {
  const headers: Record<string, string> = status >= 500 ? NO_RETRY : status === 401 ? NEEDS_KEY : {};
  return Response.json({ error: { message, type, param, code } }, { status, headers });
}
