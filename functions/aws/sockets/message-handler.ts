// Handles the messages of graphql-transport-ws.
import { LimitExceededError } from "../../../infra/auth/caller-limits.ts";
import type { Socket } from "../../../infra/aws/connection-items.ts";
import { encodeMessage, errorPayload, keyFromParams, MessageType, readMessage } from "../../../schema/index.ts";
import type { Caller } from "../authenticate.ts";
import { toHeaders } from "../http.ts";
import { UNAUTHENTICATED } from "./deliver-events.ts";
import type { Incoming, MessageContext, SocketParts } from "./message-context.ts";
import { createSender } from "./sender.ts";
import { subscribe } from "./subscribe.ts";

export function createMessageHandler(parts: SocketParts): (connection: string, text: string) => Promise<void> {
  const context: MessageContext = { ...parts, send: createSender(parts) };
  const { connections, operations, post, send } = context;
  return async (connection, text) => {
    const message = readMessage(text);
    if (message === undefined) return post.disconnect(connection);
    try {
      if (message.type === MessageType.Pong) return;
      const socket = await connections.find(connection);
      // Checked for pings too: a connection without a row gets no more events.
      if (socket === undefined) return await post.disconnect(connection);
      if (message.type === MessageType.Ping) await send(connection, encodeMessage.pong(message.payload));
      else if (message.type === MessageType.ConnectionInit) await initialize(context, { socket, message });
      else if (message.type === MessageType.Subscribe) await subscribe(context, { socket, message }, callerOf(socket));
      else await complete(context, { socket, message });
    } catch (error) {
      const errors = operations.maskError(error);
      if (message.type === MessageType.Subscribe) await send(connection, encodeMessage.error(message.id, errors));
      else await post.disconnect(connection);
    }
  };
}

async function initialize(
  { connections, authenticator, post, send }: MessageContext,
  { socket, message }: Incoming<MessageType.ConnectionInit>,
): Promise<void> {
  const { connection } = socket;
  const authorization = keyFromParams(message.payload);
  const caller =
    authorization === undefined ? callerOf(socket) : await authenticator.identify(toHeaders({ authorization }));
  /** A client of graphql-ws stops reconnecting after this error, but not after a close without a code. */
  const refuse = async (errors: ReturnType<typeof errorPayload>): Promise<void> => {
    await send(connection, encodeMessage.error(MessageType.ConnectionInit, errors));
    await post.disconnect(connection);
  };
  if (caller === undefined) return refuse(UNAUTHENTICATED);
  let isFirst: boolean;
  try {
    isFirst = await connections.acknowledge(socket, { owner: caller.owner, caller: JSON.stringify(caller) });
  } catch (error) {
    if (!(error instanceof LimitExceededError)) throw error;
    return refuse(errorPayload("RATE_LIMITED", error.message));
  }
  if (isFirst) await send(connection, encodeMessage.ack());
  else await post.disconnect(connection);
}

async function complete(
  { connections }: MessageContext,
  { socket: { connection, operations }, message }: Incoming<MessageType.Complete>,
): Promise<void> {
  const topic = operations.get(message.id);
  if (topic !== undefined) await connections.complete({ connection, operation: message.id, topic });
}

function callerOf({ caller }: Socket): Caller | undefined {
  return caller === undefined ? undefined : JSON.parse(caller);
}
