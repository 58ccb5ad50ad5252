// API Gateway's WebSocket API on this machine, as its documentation describes it: sockets become events for a handler, and
// an endpoint accepts the messages to send over them. It enforces limits that the local server does not have.
import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { Clock } from "../../../infra/ports.ts";
import { listen } from "../listen.ts";
import { frameLengths } from "./frames.ts";

const FRAME_BYTES = 32 * 1024;
const MESSAGE_BYTES = 128 * 1024;
const IDLE_MS = 10 * 60_000;
const LIFE_MS = 2 * 3_600_000;
const STAGE = "prod";
const CODES = { normal: 1000, goingAway: 1001, tooBig: 1009 } as const;

type EventType = "CONNECT" | "MESSAGE" | "DISCONNECT";
type GatewayEvent = {
  readonly requestContext: { readonly eventType: EventType; readonly connectionId: string; readonly routeKey: string };
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly isBase64Encoded: boolean;
};
type Answer = { readonly statusCode: number; readonly headers?: Readonly<Record<string, string>> };
/** A status and its name. `deletes`: the connection cannot be deleted either. */
export type WebSocketFaults = { readonly status: number; readonly name: string; readonly deletes?: boolean };
/** The response for a client that does not read, once the gateway's buffer for it is full. */
export const FULL: WebSocketFaults = { status: 429, name: "LimitExceededException" };
export type RouteHandlers = (event: GatewayEvent) => Promise<Answer>;

type Connection = { readonly id: string; readonly socket: WebSocket; readonly at: number; last: number };

export class WebSocketApi {
  /** Swapped by tests. */
  handler: RouteHandlers = async () => ({ statusCode: 500 });
  /** Whether $disconnect is not delivered, as can happen at API Gateway. */
  losesDisconnects = false;
  /** Error responses to posts to a connection and to its deletion. */
  readonly ills = new Map<string, WebSocketFaults>();
  readonly #clock: Clock;
  readonly #server: Server;
  #port = 0;
  readonly #sockets = new WebSocketServer({ noServer: true, maxPayload: MESSAGE_BYTES });
  readonly #connections = new Map<string, Connection>();
  readonly #running = new Set<Promise<unknown>>();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#server = createServer((request, response) => void this.#manage(request, response));
    this.#server.on("upgrade", (request, socket, head) => void this.#upgrade(request, socket, head));
  }

  async open(): Promise<this> {
    this.#port = await listen(this.#server);
    return this;
  }

  get #place(): string {
    return `127.0.0.1:${this.#port}/${STAGE}`;
  }

  /** The URL that clients connect to. */
  get url(): string {
    return `ws://${this.#place}`;
  }

  /** The endpoint that messages are posted to. */
  get endpoint(): string {
    return `http://${this.#place}`;
  }

  get connections(): readonly string[] {
    return [...this.#connections.keys()];
  }

  /** Closes what is idle or old by the clock. */
  age(): void {
    const now = this.#clock.now();
    for (const { socket, at, last } of this.#connections.values()) {
      if (now - last >= IDLE_MS || now - at >= LIFE_MS) socket.close(CODES.goingAway, "Going away");
    }
  }

  /** A network that breaks: neither side says goodbye. */
  break(): void {
    for (const { socket } of this.#connections.values()) socket.terminate();
  }

  /** When no event is handled any more. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  async close(): Promise<void> {
    const gone = [...this.#connections.values()].map(({ socket }) => once(socket, "close"));
    this.break();
    await Promise.all(gone);
    await this.settled();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #run<Out>(work: Promise<Out>): Promise<Out> {
    const done: Promise<unknown> = work.catch(() => {}).finally(() => this.#running.delete(done));
    this.#running.add(done);
    return work;
  }

  #event(id: string, eventType: EventType, more: object) {
    const routeKey = { CONNECT: "$connect", MESSAGE: "$default", DISCONNECT: "$disconnect" }[eventType];
    const now = this.#clock.now();
    const requestContext = {
      routeKey,
      eventType,
      connectionId: id,
      requestId: randomUUID(),
      extendedRequestId: randomUUID(),
      requestTime: new Date(now).toUTCString(),
      requestTimeEpoch: now,
      messageDirection: "IN",
      stage: STAGE,
      connectedAt: this.#connections.get(id)?.at ?? now,
      identity: { sourceIp: "127.0.0.1" },
      domainName: this.#place.split("/")[0],
      apiId: "api",
    } as const;
    return { requestContext, isBase64Encoded: false, ...more } satisfies GatewayEvent;
  }

  async #upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): Promise<void> {
    const id = `${randomBytes(11).toString("base64")}`;
    stream.on("error", () => {});
    const refuse = (status: number) =>
      stream.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    if (request.url?.split("?")[0] !== `/${STAGE}`) return void refuse(403);
    const headers = Object.fromEntries(pairs(request.rawHeaders));
    const event = this.#event(id, "CONNECT", { headers });
    const answer = await this.#run(this.handler(event)).catch(() => ({ statusCode: 500 }) as Answer);
    if (answer.statusCode < 200 || answer.statusCode > 299) return void refuse(answer.statusCode);
    const echoed = Object.entries(answer.headers ?? {}).find(([name]) => /^sec-websocket-protocol$/i.test(name))?.[1];
    this.#sockets.options.handleProtocols = () => echoed ?? false;
    const meter = frameLengths((bytes) => {
      if (bytes > FRAME_BYTES) this.#connections.get(id)?.socket.close(CODES.tooBig, "Frame too large");
    });
    stream.on("data", meter);
    this.#sockets.handleUpgrade(request, stream, head, (socket) => this.#opened(id, socket));
    if (head.length > 0) meter(head);
  }

  #opened(id: string, socket: WebSocket): void {
    const now = this.#clock.now();
    const connection: Connection = { id, socket, at: now, last: now };
    this.#connections.set(id, connection);
    // ws closes by itself, with the right code, what sends too much or no frames.
    socket.on("error", () => {});
    socket.on("message", (data) => {
      if (socket.readyState !== socket.OPEN) return;
      connection.last = this.#clock.now();
      const event = this.#event(id, "MESSAGE", { body: String(data) });
      // Messages do not wait for each other: each one has its own process.
      void this.#run(this.handler(event)).catch(() => {
        const { requestId } = event.requestContext;
        socket.send(JSON.stringify({ message: "Internal server error", connectionId: id, requestId }));
      });
    });
    socket.once("close", (disconnectStatusCode, reason) => {
      this.#connections.delete(id);
      if (this.losesDisconnects) return;
      const event = this.#event(id, "DISCONNECT", {});
      Object.assign(event.requestContext, { disconnectStatusCode, disconnectReason: String(reason) });
      void this.#run(this.handler(event)).catch(() => {});
    });
  }

  /** The management API: POST, GET and DELETE of /@connections/{id}. */
  async #manage(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const problem = (status: number, name: string) =>
      response
        .writeHead(status, { "x-amzn-errortype": name, "content-type": "application/json" })
        .end(JSON.stringify({ message: name }));
    const prefix = `/${STAGE}/@connections/`;
    if (!request.headers.authorization?.startsWith("AWS4-HMAC-SHA256") || !request.url?.startsWith(prefix)) {
      return void problem(403, "ForbiddenException");
    }
    const id = decodeURIComponent(request.url.slice(prefix.length));
    const connection = this.#connections.get(id);
    if (connection?.socket.readyState !== 1) return void problem(410, "GoneException");
    const ill = this.ills.get(id);
    if (ill && (request.method === "POST" || ill.deletes)) return void problem(ill.status, ill.name);
    if (request.method === "DELETE") {
      connection.socket.close(CODES.normal, "Connection Closed Normally");
      return void response.writeHead(204).end();
    }
    if (request.method === "GET") {
      const [connectedAt, lastActiveAt] = [connection.at, connection.last].map((at) => new Date(at).toISOString());
      return void response.end(JSON.stringify({ connectedAt, lastActiveAt, identity: { sourceIp: "127.0.0.1" } }));
    }
    if (body.length > MESSAGE_BYTES) return void problem(413, "PayloadTooLargeException");
    connection.last = this.#clock.now();
    connection.socket.send(body.toString());
    response.end();
  }
}

function* pairs(raw: readonly string[]): Generator<[string, string]> {
  for (let at = 0; at < raw.length; at += 2) yield [raw[at]!, raw[at + 1]!];
}
