// Sends operations to the API on the page's own origin: queries and mutations as JSON, subscriptions as Server-Sent Events.
import { ApiError, ConnectionError } from "./errors.ts";
import { localUrl } from "./local-url.ts";
import { readEvents } from "./server-sent-events.ts";

const ENDPOINT = "/graphql";
/** Where subscriptions are sent: on AWS, another function streams. */
export const STREAM_URL = new URL(document.querySelector<HTMLMetaElement>("meta[name=stream]")!.content, location.href);

type Variables = Readonly<Record<string, unknown>>;
type Answer<T> = {
  readonly data?: T | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
};

let authorization: string | undefined;

/** The API key of all following requests; "" for none. */
export function setKey(key: string): void {
  authorization = key === "" ? undefined : `Bearer ${key}`;
}

/** Throws ApiError and ConnectionError. */
export async function request<T>(query: string, variables: Variables = {}): Promise<T> {
  const response = await send(ENDPOINT, "application/graphql-response+json, application/json", query, variables);
  return dataOf(await read<T>(response));
}

/** The results of a subscription, until the server completes it. Throws ApiError and ConnectionError. */
export async function* subscribe<T>(query: string, variables: Variables, signal: AbortSignal): AsyncGenerator<T> {
  const response = await send(STREAM_URL, "text/event-stream", query, variables, signal);
  if (!response.headers.get("content-type")?.startsWith("text/event-stream")) {
    dataOf(await read(response));
    throw new ConnectionError("The server did not answer with a stream.");
  }
  for await (const { event, data } of readEvents(response.body!, signal)) {
    if (event === "complete") return;
    if (event === "next") yield dataOf(parse<T>(data));
  }
}

async function send(url: string | URL, accept: string, query: string, variables: Variables, signal?: AbortSignal) {
  const headers = { accept, "content-type": "application/json", ...(authorization && { authorization }) };
  const init: RequestInit = { method: "POST", headers, body: JSON.stringify({ query, variables }) };
  try {
    return await fetch(url, signal ? { ...init, signal } : init);
  } catch (error) {
    throw new ConnectionError("The server cannot be reached.", { cause: error });
  }
}

async function read<T>(response: Response): Promise<Answer<T>> {
  const text = await response.text();
  try {
    return parse(text);
  } catch {
    const status = `${response.status} ${response.statusText}`.trim();
    if (response.status >= 500) throw new ConnectionError(`The server answers with status ${status}.`);
    throw new ApiError(`The server answers with status ${status}.`, "");
  }
}

const parse = <T>(text: string): Answer<T> =>
  JSON.parse(text, (name, value) => (name === "url" && typeof value === "string" ? localUrl(value) : value));

function dataOf<T>({ data, errors }: Answer<T>): T {
  const [first] = errors ?? [];
  if (first) throw new ApiError(first.message, first.extensions?.code ?? "");
  return data as T;
}
