// graphql-transport-ws over API Gateway, message by message. The gateway closes sockets without a code, so what a server
// would say by its code is said by the status of the upgrade, or by an `error` before the end.
import { setTimeout as sleep } from "node:timers/promises";
import type { Connections, Socket, Subscription } from "../../infra/aws/connections.ts";
import type { Jobs } from "../../infra/jobs/jobs.ts";
import type { JobStore } from "../../infra/ports.ts";
import {
  type ClientMessage,
  encodeMessage,
  errorPayload,
  keyFromParams,
  MessageType,
  readMessage,
  type StatelessOperations,
  SUBPROTOCOL,
  tooManyOperations,
  type Viewer,
} from "../../schema/index.ts";
import type { Authenticator, Caller } from "./authenticate.ts";
import { headersOf } from "./http.ts";
import { type Deliver, type MessageHandler, TOO_LARGE, UNAUTHENTICATED } from "./sockets/deliver-events.ts";
import { createSender, type SenderParts } from "./sockets/sender.ts";

/** As API Gateway sends it, as far as it is read here. */
export type SocketEvent = {
  readonly requestContext: {
    readonly eventType: "CONNECT" | "MESSAGE" | "DISCONNECT";
    readonly connectionId: string;
  };
  readonly headers?: Readonly<Record<string, string | undefined>> | undefined;
  readonly body?: string | null | undefined;
};
export type SocketAnswer = { readonly statusCode: number; readonly headers?: Readonly<Record<string, string>> };

export type SocketParts = SenderParts & {
  readonly connections: Connections;
  readonly gate: Pick<Authenticator, "recognize" | "viewerOf">;
  readonly stateless: StatelessOperations;
  readonly deliver: Deliver;
  readonly store: Pick<JobStore, "get">;
  readonly jobs: Pick<Jobs, "settled">;
  readonly operationsPerSocket: number;
};

/** Bytes of an operation's id, which is part of a key of its row. */
const ID_BYTES = 256;
/** A replay is tried while another process tells the same subscription: for longer than one that died keeps it. */
const REPLAYS = 88;
const REPLAY_MS = 250;

const OK: SocketAnswer = { statusCode: 200 };
const NOT_ACKNOWLEDGED = errorPayload("UNAUTHENTICATED", "The first message of a socket must be connection_init.");

/** What comes in over one socket. */
type Incoming<Type extends MessageType = MessageType> = {
  readonly socket: Socket;
  readonly message: Extract<ClientMessage, { type: Type }>;
};

export function socketHandler(parts: SocketParts): (event: SocketEvent) => Promise<SocketAnswer> {
  const { connections, gate, stateless, jobs } = parts;
  const take = taker(parts);
  return async ({ requestContext: { eventType, connectionId }, headers: sent = {}, body }) => {
    if (eventType === "DISCONNECT") {
      await connections.close(connectionId);
      return OK;
    }
    if (eventType === "MESSAGE") {
      // A process freezes between two events: what an operation left under way has to be done before.
      await take(connectionId, body ?? "").finally(() => jobs.settled());
      return OK;
    }
    const headers = headersOf(sent);
    const offered = headers.get("sec-websocket-protocol")?.split(/\s*,\s*/) ?? [];
    if (!offered.includes(SUBPROTOCOL)) return { statusCode: 400 };
    if (!stateless.mayConnect(headers)) return { statusCode: 403 };
    const caller = await gate.recognize(headers);
    if (caller === undefined && headers.has("authorization")) return { statusCode: 401 };
    await connections.open(connectionId, caller && JSON.stringify(caller));
    return { statusCode: 200, headers: { "Sec-WebSocket-Protocol": SUBPROTOCOL } };
  };
}

function taker(parts: SocketParts) {
  const { connections, gate, post, stateless, deliver, store, operationsPerSocket } = parts;
  const speak = createSender(parts);

  const init = async ({ socket, message: { payload } }: Incoming<MessageType.ConnectionInit>) => {
    const { connection } = socket;
    const shown = keyFromParams(payload);
    const caller = shown === undefined ? callerOf(socket) : await gate.recognize(headersOf({ authorization: shown }));
    if (caller === undefined) {
      // Of a client of graphql-ws it also ends the tries to come in again, which a close without a code does not.
      await speak(connection, encodeMessage.error(MessageType.ConnectionInit, UNAUTHENTICATED));
      return post.cut(connection);
    }
    const first = await connections.acknowledge(connection, JSON.stringify(caller));
    await (first ? speak(connection, encodeMessage.ack()) : post.cut(connection));
  };

  const subscribe = async ({ socket, message }: Incoming<MessageType.Subscribe>) => {
    const { id, payload } = message;
    const { connection } = socket;
    const refuse = async (errors: ReturnType<typeof errorPayload>) =>
      void (await speak(connection, encodeMessage.error(id, errors)));
    const caller = callerOf(socket);
    if (!socket.acknowledged || caller === undefined) {
      await refuse(NOT_ACKNOWLEDGED);
      return post.cut(connection);
    }
    if (Buffer.byteLength(id) > ID_BYTES) {
      return refuse(errorPayload("LIMIT_EXCEEDED", `The id of an operation may have ${ID_BYTES} bytes.`));
    }
    const viewer = await gate.viewerOf(caller);
    if (viewer === undefined) return refuse(UNAUTHENTICATED);
    const begun = await stateless.start(payload, viewer);
    if (begun.type === "REFUSED") return refuse(begun.errors);
    if (begun.type === "ANSWERED") {
      const said = await speak(connection, encodeMessage.next(id, begun.result));
      if (said === "LARGE") await refuse(TOO_LARGE);
      else if (said === "SENT") await speak(connection, encodeMessage.complete(id));
      return;
    }
    const { job, after } = begun;
    const asked = JSON.stringify({ payload, caller } satisfies MessageHandler);
    const subscription = { connection, operation: id, job, asked, delivered: after };
    const outcome = await connections.subscribe(subscription, operationsPerSocket);
    if (outcome === "FULL") return refuse(errorPayload("LIMIT_EXCEEDED", tooManyOperations(operationsPerSocket)));
    // To tell one of two operations of the same id anything would be to tell the other one.
    if (outcome !== "SUBSCRIBED") return post.cut(connection);
    try {
      await replay(subscription, viewer);
    } catch (error) {
      await connections.complete(subscription).catch(() => {});
      throw error;
    }
  };

  /** From a record that is read after the subscription can be found, so that no event falls in between. */
  const replay = async (subscription: Subscription, viewer: Viewer): Promise<void> => {
    const telling = { viewerOf: async () => viewer, late: false };
    for (let tries = 0; tries < REPLAYS; tries++) {
      const record = await store.get(subscription.job);
      if (record === undefined) break;
      if (await deliver(subscription, record, telling)) return;
      await sleep(REPLAY_MS);
    }
    throw new Error(`The events of job ${subscription.job} could not be told`);
  };

  const complete = async ({ socket: { connection, operations }, message }: Incoming<MessageType.Complete>) => {
    const job = operations.get(message.id);
    if (job !== undefined) await connections.complete({ connection, operation: message.id, job });
  };

  return async (connection: string, text: string): Promise<void> => {
    const message = readMessage(text);
    if (message === undefined) return post.cut(connection);
    try {
      if (message.type === MessageType.Pong) return;
      const socket = await connections.find(connection);
      // At a ping, too: whose row has gone hears of no event any more.
      if (socket === undefined) return await post.cut(connection);
      if (message.type === MessageType.Ping) await speak(connection, encodeMessage.pong(message.payload));
      else if (message.type === MessageType.ConnectionInit) await init({ socket, message });
      else if (message.type === MessageType.Subscribe) await subscribe({ socket, message });
      else await complete({ socket, message });
    } catch (error) {
      const errors = stateless.maskError(error);
      if (message.type === MessageType.Subscribe) await speak(connection, encodeMessage.error(message.id, errors));
      else await post.cut(connection);
    }
  };
}

function callerOf({ caller }: Socket): Caller | undefined {
  return caller === undefined ? undefined : JSON.parse(caller);
}
