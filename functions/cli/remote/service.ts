// A service as the command line speaks to it: GraphQL over HTTP by fetch alone.
import { UnclipError } from "../../../models/errors.ts";
import { usageError } from "../arguments.ts";

const ANSWER_MS = 30_000;
/** Proxies say so while the service behind them starts or is too busy. */
const PASSING = [429, 502, 503, 504];

type Variables = Readonly<Record<string, unknown>>;
type GraphqlError = { readonly message: string; readonly extensions?: { readonly code?: string } };
type Answer = { readonly data?: Readonly<Record<string, unknown>> | null; readonly errors?: GraphqlError[] };

export class Service {
  /** What a person would call it. */
  readonly name: string;
  readonly #endpoint: string;
  /** Where events are streamed. */
  #streams: string;
  readonly #headers: Readonly<Record<string, string>>;

  /** Throws INVALID_REQUEST. `url` may lead to the endpoint or to the service. */
  constructor(url: string, key: string | undefined) {
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
      throw usageError(`--url must be a URL such as http://127.0.0.1:4000, not ${JSON.stringify(url)}`);
    }
    if (key !== undefined && !/^[\x21-\x7e]+$/.test(key)) throw usageError("--key holds what no key can hold");
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

  /** The value of the operation's one field. Throws UnclipError, retryable where the connection failed. */
  async ask<T>(query: string, variables: Variables, signal?: AbortSignal): Promise<T> {
    const limit = within(ANSWER_MS, signal);
    const response = await this.#post(this.#endpoint, { query, variables }, "application/json", limit);
    const text = await response.text().catch((error: unknown) => {
      throw this.lost(error);
    });
    return this.valueOf<T>(text);
  }

  /** Server-sent events, or an answer that says why there are none. Throws as `fetch` does. */
  async stream(query: string, variables: Variables, signal: AbortSignal): Promise<Response> {
    const response = await this.#post(this.#streams, { query, variables }, "text/event-stream", signal);
    if (response.status !== 406 || this.#streams !== this.#endpoint) return response;
    // On AWS the function that answers as a whole has another one for streams beside it (cdk/cdn.ts).
    await response.body?.cancel();
    this.#streams = `${this.#endpoint}/stream`;
    return this.stream(query, variables, signal);
  }

  #post(url: string, asked: object, accept: string, signal: AbortSignal): Promise<Response> {
    const headers = { ...this.#headers, accept };
    return this.fetch(url, { method: "POST", headers, body: JSON.stringify(asked), signal });
  }

  /** Sends no key by itself. Throws UnclipError, retryable, when there is no answer or only a proxy's. */
  async fetch(url: string, init: RequestInit): Promise<Response> {
    const response = await fetch(url, init).catch((error: unknown) => {
      throw this.lost(error);
    });
    if (!PASSING.includes(response.status)) return response;
    await response.body?.cancel();
    throw this.lost(new Error(`HTTP ${response.status}`));
  }

  /** What an answer's one field holds. */
  valueOf<T>(text: string): T {
    const { data, errors } = this.#parsed(text);
    const [error] = errors ?? [];
    if (error?.extensions?.code === "UNAUTHENTICATED") {
      throw usageError(`${this.name} wants a valid API key: --key, or UNCLIP_KEY`);
    }
    if (error) throw new UnclipError("INTERNAL", `${this.name}: ${error.message}`);
    if (typeof data !== "object" || data === null) throw this.stranger("an answer without data");
    return Object.values(data)[0] as T;
  }

  stranger(what: string): UnclipError {
    return new UnclipError("INTERNAL", `${this.name} does not answer like unclip: ${what}`);
  }

  lost(error: unknown): UnclipError {
    const { cause, message, name } = error as Error;
    const why = name === "TimeoutError" ? "it is silent" : ((cause as NodeJS.ErrnoException)?.code ?? message);
    return new UnclipError("INTERNAL", `${this.name} does not answer: ${why}`, { retryable: true, cause: error });
  }

  #parsed(text: string): Answer {
    try {
      return Object(JSON.parse(text));
    } catch {
      throw this.stranger("no JSON");
    }
  }
}

/** Aborts with `signal`, or when it took too long. */
export function within(milliseconds: number, signal: AbortSignal | undefined): AbortSignal {
  const limit = AbortSignal.timeout(milliseconds);
  return signal ? AbortSignal.any([signal, limit]) : limit;
}
