// Lambda's Runtime API for one event, after AWS's documentation: the runtime interface client asks for the event and posts
// its result; its next question stays open, as on an idle function.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

const VERSION = "/2018-06-01/runtime";
const REQUEST_ID = "8476a536-e9f4-11e8-9739-2dfe598c3fcd";

type Outcome = { readonly path: string; readonly body: unknown };

/** `outcome`: what the client posts first, at a path such as "/invocation/ID/response" or "/init/error". */
export async function startRuntimeApi(event: unknown, timeoutMs: number) {
  let resolve: (outcome: Outcome) => void;
  const outcome = new Promise<Outcome>((done) => (resolve = done));
  let delivered = false;
  const server = createServer(async (request, response) => {
    if (request.method === "POST") {
      resolve({ path: request.url!.slice(VERSION.length), body: JSON.parse(await text(request)) });
      response.writeHead(202).end();
      return;
    }
    if (request.url !== `${VERSION}/invocation/next`) {
      response.writeHead(404).end();
      return;
    }
    if (delivered) return;
    delivered = true;
    response.writeHead(200, {
      "content-type": "application/json",
      "lambda-runtime-aws-request-id": REQUEST_ID,
      "lambda-runtime-deadline-ms": String(Date.now() + timeoutMs),
      "lambda-runtime-invoked-function-arn": "arn:aws:lambda:us-east-1:123456789012:function:unclip-draw:live",
      "lambda-runtime-trace-id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700",
    });
    response.end(JSON.stringify(event));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    responsePath: `/invocation/${REQUEST_ID}/response`,
    outcome,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
