// A receiver of webhooks that fails now and then, and remembers what it accepted.
import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import type { RandomChoices } from "../../support/fuzz/random-choices.ts";
import { listen } from "../../support/listen.ts";

export type Receiver = {
  readonly url: string;
  /** Ids of the jobs whose notification was answered with 2xx. */
  readonly accepted: ReadonlySet<string>;
  readonly close: () => void;
};

/** Refuses the first delivery of every fifth job on average. A second refusal would postpone the next try by minutes. */
export async function startReceiver({ maybe }: RandomChoices): Promise<Receiver> {
  const accepted = new Set<string>();
  const refused = new Set<string>();
  const server = createServer(async (request, response) => {
    const { data } = (await json(request)) as { data: { id: string } };
    const refuses = !refused.has(data.id) && !accepted.has(data.id) && maybe(0.2);
    if (refuses) refused.add(data.id);
    else accepted.add(data.id);
    response.writeHead(refuses ? 500 : 204).end();
  });
  return { url: `http://127.0.0.1:${await listen(server)}/`, accepted, close: () => server.close() };
}
