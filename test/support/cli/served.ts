// The service of npm start for a test, on the tiny bundle, and a relay before it that can be unkind.
import { createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { start } from "../../../functions/local/start.ts";
import { type LocalSettings, localSettings } from "../../../infra/config/env.ts";
import { TINY } from "../models/tiny-bundle.ts";

/** Its data is in `folder`; closed by the caller. */
export function startIn(folder: string, settings: Partial<LocalSettings> = {}) {
  const given = { port: 0, bundle: TINY, data: join(folder, "data"), logLevel: "silent", workers: 1, ...settings };
  return start({ ...localSettings({}), ...given });
}

export type ReceivedRequest = { readonly query: string; readonly variables: Readonly<Record<string, unknown>> };

/** What becomes of a chunk of an answer; of one that is cut, an event gets through; of one that is ended, its end alone. */
export type ProxyDecision = "passed" | "cut" | "lost" | "ended";

/**
 * Passes requests on to `url`, and of the answers what `decide` lets through. Closed at the test's end. With `apart`,
 * streams have a path of their own, as on AWS, and are refused where all else is answered.
 */
export async function relay(
  url: string,
  decide: (asked: ReceivedRequest) => ProxyDecision,
  { apart = false } = {},
): Promise<string> {
  const server = createServer(async (incoming, response) => {
    const body = await textOf(incoming);
    const { method = "POST", headers } = incoming;
    const whole = !incoming.url!.endsWith("/stream");
    if (apart && whole === (headers.accept === "text/event-stream")) return void response.writeHead(406).end("{}");
    const path = apart ? incoming.url!.replace(/\/stream$/, "") : incoming.url!;
    const outgoing = request(new URL(path, url), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      const cut = () => {
        answer.destroy();
        response.destroy();
      };
      answer.on("data", (chunk: Buffer) => {
        const fate = decide(JSON.parse(body));
        if (fate === "lost") return cut();
        const event = fate === "cut" && /^[\s\S]*?\ndata: .*\n\n/.exec(chunk.toString())?.[0];
        if (!event && fate !== "ended") return void response.write(chunk);
        answer.pause();
        if (!event) return void response.end();
        response.write(event, cut);
      });
      answer.on("end", () => response.end());
      answer.on("error", () => response.destroy());
      response.on("close", () => answer.destroy());
    });
    outgoing.on("error", () => response.destroy());
    outgoing.end(body);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function textOf(stream: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of stream) text += chunk;
  return text;
}
