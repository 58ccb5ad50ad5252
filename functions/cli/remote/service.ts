// A client for the GraphQL API of a service, over HTTP with `fetch`.
import { UnclipError } from "../../../models/errors.ts";
import { usageError } from "../arguments.ts";

const RESPONSE_TIMEOUT_MS = 30_000;
/** Sent by proxies while the service behind them starts or is overloaded. */
const TRANSIENT_STATUSES = [429, 502, 503, 504];

type Variables = Readonly<Record<string, unknown>>;
type GraphqlError = { readonly message: string; readonly extensions?: { readonly code?: string } };
type GraphqlResponse = { readonly data?: Readonly<Record<string, unknown>> | null; readonly errors?: GraphqlError[] };

export class Service {
  /** For messages. */
  readonly name: string;
  readonly #endpoint: string;
  /** The URL for subscriptions. */
  #streams: string;
  readonly #headers: Readonly<Record<string, string>>;

  /** `url` is the endpoint or the root of the service. Throws INVALID_REQUEST. */
  constructor(url: string, key: string | undefined) {
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
      throw usageError(`--url must be a URL such as http://127.0.0.1:4000, not ${JSON.stringify(url)}`);
    }
    if (key !== undefined && !/^[\x21-\x7e]+$/.test(key))
      throw usageError("the API key contains characters that no key has");
    const { origin, pathname } = new URL(url);
    const path = pathname.replace(/\/+$/, "");
    this.name = `${origin}${path}`;
    this.#endpoint = path.endsWith("/graphql") ? this.name : `${this.name}/graphql`;
    this.#streams = this.#endpoint;
    this.#headers = {
      "content-type": "application/json",
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
    };
  }

  /** The value of the operation's only field. Throws UnclipError, retryable if the connection failed. */
  async query<T>(query: string, variables: Variables, signal?: AbortSignal): Promise<T> {
    const timeout = withTimeout(RESPONSE_TIMEOUT_MS, signal);
    const response = await this.#post(this.#endpoint, { query, variables }, "application/json", timeout);
    const text = await response.text().catch((error: unknown) => {
      throw this.unreachable(error);
    });
    return this.parseValue<T>(text);
  }

  /** A response of Server-Sent Events, or of a JSON error. Throws like `fetch`. */
  async stream(query: string, variables: Variables, signal: AbortSignal): Promise<Response> {
    const response = await this.#post(this.#streams, { query, variables }, "text/event-stream", signal);
    if (response.status !== 406 || this.#streams !== this.#endpoint) return response;
    // On AWS, subscriptions have a URL of their own, because only some functions can stream (cdk/cdn.ts).
    await response.body?.cancel();
    this.#streams = `${this.#endpoint}/stream`;
    return this.stream(query, variables, signal);
  }

  #post(url: string, body: object, accept: string, signal: AbortSignal): Promise<Response> {
    const headers = { ...this.#headers, accept };
    return this.fetch(url, { method: "POST", headers, body: JSON.stringify(body), signal });
  }

  /** Sends no key. Throws a retryable UnclipError if there is no response, or only a proxy's. */
  async fetch(url: string, init: RequestInit): Promise<Response> {
    const response = await fetch(url, init).catch((error: unknown) => {
      throw this.unreachable(error);
    });
    if (!TRANSIENT_STATUSES.includes(response.status)) return response;
    await response.body?.cancel();
    throw this.unreachable(new Error(`HTTP ${response.status}`));
  }

  /** The value of the only field in a GraphQL response. */
  parseValue<T>(text: string): T {
    const { data, errors } = this.#parsed(text);
    const [error] = errors ?? [];
    if (error?.extensions?.code === "UNAUTHENTICATED") {
      throw usageError(`${this.name} requires a valid API key: --key-file, UNCLIP_KEY or --key`);
    }
    if (error) throw toUnclipError(error, this.name);
    if (typeof data !== "object" || data === null) throw this.unexpected("a response without data");
    return Object.values(data)[0] as T;
  }

  unexpected(what: string): UnclipError {
    return new UnclipError("INTERNAL", `${this.name} does not respond like an unclip service: ${what}`);
  }

  unreachable(error: unknown): UnclipError {
    const { cause, message, name } = error as Error;
    const why = name === "TimeoutError" ? "timed out" : ((cause as NodeJS.ErrnoException)?.code ?? message);
    return new UnclipError("INTERNAL", `${this.name} does not respond: ${why}`, { retryable: true, cause: error });
  }

  #parsed(text: string): GraphqlResponse {
    try {
      return Object(JSON.parse(text));
    } catch {
      throw this.unexpected("not JSON");
    }
  }
}

/** The engine's codes stay, for their exit codes. */
function toUnclipError({ message, extensions }: GraphqlError, name: string): UnclipError {
  const code = extensions?.code;
  if (code === "INVALID_PICTURE" || code === "INVALID_REQUEST") return new UnclipError(code, message);
  if (code === "BAD_USER_INPUT") return new UnclipError("INVALID_REQUEST", message);
  return new UnclipError("INTERNAL", `${name}: ${message}`);
}

/** Aborts with `signal`, or after a timeout. */
export function withTimeout(milliseconds: number, signal: AbortSignal | undefined): AbortSignal {
  const timeout = AbortSignal.timeout(milliseconds);
  return signal ? AbortSignal.any([signal, timeout]) : timeout;
}
