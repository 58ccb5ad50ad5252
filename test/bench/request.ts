// One question, one stream: what a client does that is in no hurry.
import { Agent, type IncomingMessage, request } from "node:http";

export type Place = { readonly url: string; readonly headers: Readonly<Record<string, string>> };

const agent = new Agent({ keepAlive: true });
/** Streams end with their connection, and 1,000 of them are no pool. */
const streams = new Agent({ keepAlive: false });

/** The value of the only root field. Rejects if the response has errors. */
// biome-ignore lint/suspicious/noExplicitAny: the type depends on the query.
export async function query(place: Place, query: string, variables: object): Promise<any> {
  let text = "";
  for await (const chunk of await post(agent, place, "application/json", query, variables)) text += chunk;
  const { data, errors } = JSON.parse(text);
  if (errors) throw new Error(text);
  return Object.values(data)[0];
}

/** Server-Sent Events, chunk by chunk as they arrive. Destroy the stream to close it. */
export function stream(place: Place, query: string, variables: object): Promise<IncomingMessage> {
  return post(streams, place, "text/event-stream", query, variables);
}

function post(agent: Agent, { url, headers }: Place, accept: string, query: string, variables: object) {
  return new Promise<IncomingMessage>((resolve, reject) => {
    const sent = { "content-type": "application/json", accept, ...headers };
    const outgoing = request(new URL("/graphql", url), { method: "POST", agent, headers: sent }, (answer) => {
      if (answer.statusCode === 200) resolve(answer.setEncoding("utf8"));
      else reject(new Error(`The service answers ${answer.statusCode}`));
    });
    outgoing.on("error", reject);
    outgoing.end(JSON.stringify({ query, variables }));
  });
}
