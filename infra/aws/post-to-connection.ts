// What goes out over the sockets of an API Gateway WebSocket API.
import {
  type ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GoneException,
  LimitExceededException,
  PayloadTooLargeException,
  PostToConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";

/** Of one message. */
const MESSAGE_BYTES = 128 * 1024;
/** How the SDK calls an attempt that took too long. */
const TIMEOUT = "TimeoutError";

/**
 * GONE: the connection is closed, whatever was or was not heard of that. LARGE: no message may be that long. STUCK: with all
 * its attempts nothing gets through to this connection, as when its client does not read and the gateway keeps no more for it.
 */
export type Sent = "SENT" | "GONE" | "LARGE" | "STUCK";

export type Post = {
  /** Rejects when it cannot be said that it is this connection's fault: a missing right, a throttled account, a 5xx. */
  send(connection: string, text: string): Promise<Sent>;
  /** Closes it; the gateway gives no way to say why. */
  cut(connection: string): Promise<void>;
};

export function postToConnection(client: ApiGatewayManagementApiClient): Post {
  return {
    send: async (connection, text) => {
      const bytes = Buffer.from(text);
      if (bytes.length > MESSAGE_BYTES) return "LARGE";
      try {
        await client.send(new PostToConnectionCommand({ ConnectionId: connection, Data: bytes }));
        return "SENT";
      } catch (error) {
        if (error instanceof GoneException) return "GONE";
        if (error instanceof PayloadTooLargeException) return "LARGE";
        if (error instanceof LimitExceededException || (error as Error).name === TIMEOUT) return "STUCK";
        throw error;
      }
    },
    cut: async (connection) => {
      try {
        await client.send(new DeleteConnectionCommand({ ConnectionId: connection }));
      } catch (error) {
        if (!(error instanceof GoneException)) throw error;
      }
    },
  };
}
