// Reading Server-Sent Events as they come.
import type { Answer, Service } from "./service.ts";

export const FOLLOW = `subscription ($id: ID!, $after: Int! = 0) { jobEvents(id: $id, after: $after) {
  __typename seq at job { status }
  ... on Started { attempt }
  ... on Progress { stage step steps pictureIndex pictureCount preview { url } }
  ... on PictureReady { picture { index url } }
  ... on Retrying { failure { code } notBefore }
  ... on Failed { failure { code message } }
  ... on Expired { deadline }
} }`;

type Stream = AsyncGenerator<Answer, void, undefined>;

/** Each event's payload, until the stream completes; ending it early hangs up. */
export async function* sse(service: Service, query: string, variables: object, as = "ada"): Stream {
  const headers = { accept: "text/event-stream", authorization: `Bearer ${as}` };
  const response = await service.fetch({ query, variables }, headers);
  if (!response.headers.get("content-type")?.startsWith("text/event-stream")) throw new Error(await response.text());
  for await (const part of partsOf(response, "\n\n")) {
    const [, kind, data] = /^event: (\w+)\ndata:(.*)$/s.exec(part) ?? [];
    if (kind === "complete") return;
    if (kind === "next") yield JSON.parse(data!);
  }
  throw new Error("The stream ended before it was complete.");
}

/** The parts of a body before each separator, as they come; ending it early hangs up. */
export async function* partsOf(response: Response, separator: string): AsyncGenerator<string, void, undefined> {
  const reader = response.body!.getReader();
  let text = "";
  try {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      text += Buffer.from(chunk.value).toString();
      const parts = text.split(separator);
      text = parts.pop()!;
      yield* parts;
    }
  } finally {
    await reader.cancel();
  }
}

/** The next `count` events. */
export async function take(stream: Stream, count: number): Promise<Answer[]> {
  const events = [];
  while (events.length < count) {
    const { done, value } = await stream.next();
    if (done) break;
    events.push(value.data.jobEvents);
  }
  return events;
}

export async function all(stream: Stream): Promise<Answer[]> {
  return take(stream, Number.POSITIVE_INFINITY);
}

export const FOLLOW_ALL = `subscription ($after: String, $since: DateTime) { events(after: $after, since: $since) {
  cursor node { __typename seq job { id status } ... on PictureReady { picture { index } } }
} }`;
