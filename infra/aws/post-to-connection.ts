// Sends messages over the connections of an API Gateway WebSocket API.
import {
  type ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GoneException,
  LimitExceededException,
  PayloadTooLargeException,
  PostToConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";

/** API Gateway's limit for one message. */
const MESSAGE_BYTES = 128 * 1024;
/** The SDK's name for a request timeout. */
const TIMEOUT = "TimeoutError";

/**
 * GONE: the connection is closed. LARGE: the message exceeds API Gateway's limit. STUCK: all tries timed out or were
 * throttled for this connection, for example because its client does not read and the gateway's buffer is full.
 */
export type PostResult = "SENT" | "GONE" | "LARGE" | "STUCK";

export type Post = {
  /** Rejects for errors that need not be the connection's: a missing permission, a throttled account, a 5xx. */
  send(connection: string, text: string): Promise<PostResult>;
  /** Closes the connection. API Gateway allows no close code or reason. */
  disconnect(connection: string): Promise<void>;
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
    disconnect: async (connection) => {
      try {
        await client.send(new DeleteConnectionCommand({ ConnectionId: connection }));
      } catch (error) {
        if (!(error instanceof GoneException)) throw error;
      }
    },
  };
}
