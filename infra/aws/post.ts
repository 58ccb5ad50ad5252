// What goes out over the sockets of an API Gateway WebSocket API.
import {
  type ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GoneException,
  PayloadTooLargeException,
  PostToConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";

/** Of one message. */
const MESSAGE_BYTES = 128 * 1024;

/** GONE: the connection is closed, whatever was or was not heard of that. LARGE: no message may be that long. */
export type Sent = "SENT" | "GONE" | "LARGE";

export type Post = {
  send(connection: string, text: string): Promise<Sent>;
  /** Closes it; the gateway gives no way to say why. */
  cut(connection: string): Promise<void>;
};

export function awsPost(client: ApiGatewayManagementApiClient): Post {
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
