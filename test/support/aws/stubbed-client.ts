// The wire between the SDK and AWS: answers that were recorded, answers that are lost, requests to look at.
import { Readable } from "node:stream";
import { NodeHttpHandler } from "@smithy/node-http-handler";
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
  readonly body: string | Uint8Array;
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
      return { response: { statusCode: status, headers, body: Readable.from([Buffer.from(body)]) } };
    },
  };
  return { client: make({ region: "us-east-1", credentials: CREDENTIALS, requestHandler }), requests };
}

/** A client of Lambda whose calls reach this handler, with payloads as JSON as Lambda has them. */
export function invokingClient<Client>(make: (config: object) => Client, handler: (event: never) => Promise<unknown>) {
  const requestHandler = {
    handle: async ({ body }: Request) => {
      const answer = JSON.stringify(await handler(JSON.parse(textOf(body)) as never));
      return { response: { statusCode: 200, headers: {}, body: Readable.from([Buffer.from(answer)]) } };
    },
  };
  return make({ region: "us-east-1", credentials: CREDENTIALS, requestHandler });
}

/** The text of a request's body, which the SDK represents as its own kind of bytes. */
export function textOf(body: string | Uint8Array): string {
  return typeof body === "string" ? body : new TextDecoder().decode(body);
}

/** The HTTP connections of clients in these tests, of which single responses can be lost. */
export class LossyHttp extends NodeHttpHandler {
  #loses: (operation: string | undefined) => boolean = () => false;

  /**
   * The nth call of this operation from now ("PutItem", "SendMessage" ...) is carried out, and its response lost on the
   * way. The returned function counts how often that happened.
   */
  lose(operation: string, nth = 1): () => number {
    let calls = 0;
    let lost = 0;
    this.#loses = (called) => {
      if (called !== operation || ++calls !== nth) return false;
      lost++;
      return true;
    };
    return () => lost;
  }

  override async handle(request: Parameters<NodeHttpHandler["handle"]>[0]): ReturnType<NodeHttpHandler["handle"]> {
    const answer = await super.handle(request);
    const { headers, query } = request;
    // S3 names the operation in the query, the others in a header.
    const operation = headers["x-amz-target"]?.split(".").at(-1) ?? query?.["x-id"];
    if (this.#loses(operation as string | undefined)) {
      throw Object.assign(new Error("socket hang up"), { code: "ECONNRESET", name: "TimeoutError" });
    }
    return answer;
  }
}
