// One GraphQL client that repeats every request until it is answered: what an app does whose server comes and goes.
import { setTimeout as sleep } from "node:timers/promises";
import { partsOf } from "../../support/schema/stream.ts";

const PAUSE_MS = 40;
const REQUEST_MS = 20_000;

/** The request was answered with an error that repeating does not cure. */
export class Refused extends Error {}

export class Client {
  readonly #url: string;
  readonly #stopped: AbortSignal;

  constructor(url: string, stopped: AbortSignal) {
    this.#url = url;
    this.#stopped = stopped;
  }

  /** The value of the only root field. Throws Refused, or the signal's reason. */
  // biome-ignore lint/suspicious/noExplicitAny: the type depends on the query.
  async query(query: string, variables: object = {}): Promise<any> {
    return this.#untilAnswered(async (signal) => {
      const response = await fetch(`${this.#url}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ query, variables }),
        signal,
      });
      const { data, errors } = (await response.json()) as { data?: object; errors?: readonly unknown[] };
      if (errors !== undefined) throw refusedOrUnavailable(JSON.stringify(errors));
      return Object.values(data!)[0];
    });
  }

  /** The events of a subscription until its connection ends. Rejects when it is lost. */
  // biome-ignore lint/suspicious/noExplicitAny: the type depends on the query.
  async *subscribe(query: string, variables: object): AsyncGenerator<any> {
    const response = await fetch(`${this.#url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "text/event-stream" },
      body: JSON.stringify({ query, variables }),
      signal: this.#stopped,
    });
    for await (const line of partsOf(response, "\n")) {
      if (!line.startsWith("data: {")) continue;
      const { data } = JSON.parse(line.slice("data: ".length));
      if (data) yield Object.values(data)[0];
    }
  }

  throwIfStopped(): void {
    this.#stopped.throwIfAborted();
  }

  async get(url: string): Promise<{ readonly status: number; readonly bytes: Buffer }> {
    return this.#untilAnswered(async (signal) => {
      const response = await fetch(url, { signal });
      if (response.status >= 500) throw new Error(`status ${response.status}`);
      return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()) };
    });
  }

  /** Sends an upload form. Throws Refused if it is not valid, or no longer. */
  async post(url: string, form: FormData): Promise<void> {
    await this.#untilAnswered(async (signal) => {
      const response = await fetch(url, { method: "POST", body: form, signal });
      if (response.ok) return;
      const problem = `status ${response.status}: ${await response.text()}`;
      throw response.status < 500 ? new Refused(problem) : new Error(problem);
    });
  }

  async #untilAnswered<Out>(request: (signal: AbortSignal) => Promise<Out>): Promise<Out> {
    for (;;) {
      this.#stopped.throwIfAborted();
      try {
        return await request(AbortSignal.any([this.#stopped, AbortSignal.timeout(REQUEST_MS)]));
      } catch (error) {
        if (error instanceof Refused) throw error;
        await sleep(PAUSE_MS);
      }
    }
  }
}

/** Our own faults (a full disk, for example) are masked and worth a repetition; a caller's mistake is not. */
function refusedOrUnavailable(errors: string): Error {
  return errors.includes("INTERNAL_SERVER_ERROR") ? new Error(errors) : new Refused(errors);
}
