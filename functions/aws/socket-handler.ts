// graphql-transport-ws over API Gateway, message by message. The gateway closes sockets without a code, so what a server
// would say by its code is said by the status of the upgrade, or by an `error` before the end.
import { setTimeout as sleep } from "node:timers/promises";
import type { Connections, Socket, Subscription } from "../../infra/aws/connections.ts";
import type { Post } from "../../infra/aws/post.ts";
import type { Jobs } from "../../infra/jobs/jobs.ts";
import type { JobStore } from "../../infra/ports.ts";
import {
  type ClientMessage,
  type Detached,
  MessageType,
  NO_KEY,
  problem,
  readMessage,
  SUBPROTOCOL,
  say,
  tooMany,
  withKey,
} from "../../schema/index.ts";
import { type Asked, type Deliver, TOO_LARGE } from "./delivery.ts";

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

export type SocketParts = {
  readonly connections: Connections;
  readonly post: Post;
  readonly detached: Detached;
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
const UNAUTHENTICATED = problem("UNAUTHENTICATED", NO_KEY);
const NOT_ACKNOWLEDGED = problem("UNAUTHENTICATED", "The first message of a socket must be connection_init.");

/** What comes in over one socket. */
type Incoming<Type extends MessageType = MessageType> = {
  readonly socket: Socket;
  readonly message: Extract<ClientMessage, { type: Type }>;
};

export function socketHandler(parts: SocketParts): (event: SocketEvent) => Promise<SocketAnswer> {
  const { connections, detached, jobs } = parts;
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
    if (!detached.mayOpen(headers)) return { statusCode: 403 };
    const authorization = headers.get("authorization") ?? undefined;
    if (authorization !== undefined && !(await detached.admits(headers))) return { statusCode: 401 };
    await connections.open(connectionId, authorization);
    return { statusCode: 200, headers: { "Sec-WebSocket-Protocol": SUBPROTOCOL } };
  };
}

function taker({ connections, post, detached, deliver, store, operationsPerSocket }: SocketParts) {
  const send = async (connection: string, text: string): Promise<void> => {
    if ((await post.send(connection, text)) === "GONE") await connections.close(connection);
  };

  const init = async ({ socket, message: { payload } }: Incoming<MessageType.ConnectionInit>) => {
    const { connection } = socket;
    const headers = withKey(headersOf({ authorization: socket.authorization }), payload);
    if (!(await detached.admits(headers))) {
      // Of a client of graphql-ws it also ends the tries to come in again, which a close without a code does not.
      await send(connection, say.error(MessageType.ConnectionInit, UNAUTHENTICATED));
      return post.cut(connection);
    }
    const first = await connections.acknowledge(connection, headers.get("authorization") ?? undefined);
    return first ? send(connection, say.ack()) : post.cut(connection);
  };

  const subscribe = async ({ socket, message }: Incoming<MessageType.Subscribe>) => {
    const { id, payload } = message;
    const { connection, authorization } = socket;
    const refuse = (errors: ReturnType<typeof problem>) => send(connection, say.error(id, errors));
    if (!socket.acknowledged) {
      await refuse(NOT_ACKNOWLEDGED);
      return post.cut(connection);
    }
    if (Buffer.byteLength(id) > ID_BYTES) {
      return refuse(problem("LIMIT_EXCEEDED", `The id of an operation may have ${ID_BYTES} bytes.`));
    }
    const begun = await detached.begin(payload, headersOf({ authorization }));
    if (begun.type === "REFUSED") return refuse(begun.errors);
    if (begun.type === "ANSWERED") {
      const sent = await post.send(connection, say.next(id, begun.result));
      return sent === "LARGE" ? refuse(TOO_LARGE) : send(connection, say.complete(id));
    }
    const { job, after, viewer } = begun;
    const asked = JSON.stringify({ payload, viewer } satisfies Asked);
    const subscription = { connection, operation: id, job, asked, delivered: after };
    const outcome = await connections.subscribe(subscription, operationsPerSocket);
    if (outcome === "FULL") return refuse(problem("LIMIT_EXCEEDED", tooMany(operationsPerSocket)));
    // To tell one of two operations of the same id anything would be to tell the other one.
    if (outcome !== "SUBSCRIBED") return post.cut(connection);
    try {
      await replay(subscription);
    } catch (error) {
      await connections.complete(subscription).catch(() => {});
      throw error;
    }
  };

  /** From a record that is read after the subscription can be found, so that no event falls in between. */
  const replay = async (subscription: Subscription): Promise<void> => {
    for (let tries = 0; tries < REPLAYS; tries++) {
      const record = await store.get(subscription.job);
      if (record === undefined) break;
      if (await deliver(subscription, record)) return;
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
      if (message.type === MessageType.Ping) return await send(connection, say.pong(message.payload));
      if (message.type === MessageType.Pong) return;
      const socket = await connections.find(connection);
      if (socket === undefined) return await post.cut(connection);
      if (message.type === MessageType.ConnectionInit) await init({ socket, message });
      else if (message.type === MessageType.Subscribe) await subscribe({ socket, message });
      else await complete({ socket, message });
    } catch (error) {
      const errors = detached.masked(error);
      if (message.type === MessageType.Subscribe) await send(connection, say.error(message.id, errors));
      else await post.cut(connection);
    }
  };
}

/** What is no header's value says nothing. */
function headersOf(sent: Readonly<Record<string, string | undefined>>): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(sent)) {
    try {
      if (value !== undefined) headers.set(name, value);
    } catch {}
  }
  return headers;
}
