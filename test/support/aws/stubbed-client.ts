// The wire between the SDK and AWS: answers that were recorded, answers that are lost, requests to look at.
import { CREDENTIALS } from "./moto-clients.ts";

export type Answer = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
};

/** The parts of the SDK handler's request that tests use. */
type Request = {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
};

/** A client that receives these responses, one per request. `requests` has the requests it sent. */
export function stubbedClient<Client>(make: (config: object) => Client, answers: readonly Answer[]) {
  const requests: Request[] = [];
  const requestHandler = {
    handle: async (request: Request) => {
      const answer = answers[requests.length];
      requests.push(request);
      if (answer === undefined) throw new Error(`No answer was recorded for request ${requests.length}`);
      const { status, headers = {}, body = "" } = answer;
      return { response: { statusCode: status, headers, body: Buffer.from(body) } };
    },
  };
  return { client: make({ region: "us-east-1", credentials: CREDENTIALS, requestHandler }), requests };
}

/** The text of a request's body, which the SDK represents as its own kind of bytes. */
export function textOf(body: Uint8Array): string {
  return new TextDecoder().decode(body);
}

type Place = { step: "deserialize"; priority: "low"; name: string; override: true };
type Stack = { readonly middlewareStack: { add(middleware: unknown, options: Place): void } };

/** The nth call of this command from now is carried out, its answer lost on the way; returns how often that happened. */
export function loseAnswer(client: Stack, command: string, nth = 1): () => number {
  let calls = 0;
  let lost = 0;
  const middleware =
    (next: (args: unknown) => Promise<unknown>, { commandName }: { commandName: string }) =>
    async (args: unknown) => {
      const answer = await next(args);
      if (commandName !== command || ++calls !== nth) return answer;
      lost++;
      throw Object.assign(new Error("socket hang up"), { code: "ECONNRESET", name: "TimeoutError" });
    };
  client.middlewareStack.add(middleware, { step: "deserialize", priority: "low", name: "loseAnswer", override: true });
  return () => lost;
}
