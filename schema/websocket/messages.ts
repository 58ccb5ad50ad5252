// Reads and writes graphql-transport-ws messages for transports that keep no state between messages.
import {
  type CompleteMessage,
  type ConnectionInitMessage,
  type FormattedExecutionResult,
  type Message,
  MessageType,
  type PingMessage,
  type PongMessage,
  type SubscribeMessage,
  type SubscribePayload,
  stringifyMessage,
  validateMessage,
} from "graphql-ws";

export { GRAPHQL_TRANSPORT_WS_PROTOCOL as SUBPROTOCOL } from "graphql-ws";
export type { SubscribePayload };
export { MessageType };

export type ClientMessage = ConnectionInitMessage | PingMessage | PongMessage | SubscribeMessage | CompleteMessage;
/** An error as clients receive it. */
export type MaskedError = { readonly message: string; readonly extensions?: Readonly<Record<string, unknown>> };
export type MaskedResult = FormattedExecutionResult;

/** Undefined if the text is not a valid message, or not one that a client may send. */
export function readMessage(text: string): ClientMessage | undefined {
  try {
    const message: Message = validateMessage(JSON.parse(text));
    return isServerMessage(message) ? undefined : message;
  } catch {
    return undefined;
  }
}

type ServerMessage = Exclude<Message, ClientMessage>;

function isServerMessage(message: Message): message is ServerMessage {
  const { type } = message;
  return type === MessageType.ConnectionAck || type === MessageType.Next || type === MessageType.Error;
}

type Payload = Readonly<Record<string, unknown>> | undefined;

/** The messages a server sends, as JSON. */
export const encodeMessage = {
  ack: () => stringifyMessage({ type: MessageType.ConnectionAck }),
  pong: (payload: Payload) => stringifyMessage({ type: MessageType.Pong, ...(payload && { payload }) }),
  next: (id: string, payload: MaskedResult) => stringifyMessage({ id, type: MessageType.Next, payload }),
  error: (id: string, payload: readonly MaskedError[]) => stringifyMessage({ id, type: MessageType.Error, payload }),
  complete: (id: string) => stringifyMessage({ id, type: MessageType.Complete }),
} as const;

/** The payload of an error message, for `encodeMessage.error`. */
export function errorPayload(code: string, message: string): readonly MaskedError[] {
  return [{ message, extensions: { code } }];
}
