// Sends messages over connections, and closes connections that are stuck: a client that does not read would otherwise delay
// the events of everyone behind it in the table's stream.
import type { Connections } from "../../../infra/aws/connections.ts";
import type { Post, PostResult } from "../../../infra/aws/post-to-connection.ts";
import type { Logger } from "../../log.ts";

export type SenderParts = {
  readonly connections: Pick<Connections, "close">;
  readonly post: Post;
  readonly log: Logger;
};

/** CLOSED: the connection and its subscriptions are gone. The client reconnects and resumes with `after:`. */
type SendResult = "SENT" | "LARGE" | "CLOSED";

/** Rejects for errors of the service. With `force` it closes the connection instead, whatever the error. */
export type Send = (connection: string, text: string, force?: boolean) => Promise<SendResult>;

export function createSender({ connections, post, log }: SenderParts): Send {
  /** Rejects if no connection can be reached, so that such a failure does not delete every client's rows. */
  const disconnect = async (connection: string, force: boolean): Promise<void> => {
    log.warn({ connection }, "closing stuck connection");
    try {
      await post.disconnect(connection);
    } catch (err) {
      if (!force) throw err;
      // Its row is deleted, so it is closed at the client's next message, even a ping.
      log.error({ err, connection }, "closing a connection failed");
    }
  };

  return async (connection, text, force = false) => {
    const result = await post.send(connection, text).catch((err): PostResult => {
      if (!force) throw err;
      log.error({ err, connection }, "sending a message failed");
      return "STUCK";
    });
    if (result === "SENT" || result === "LARGE") return result;
    if (result === "STUCK") await disconnect(connection, force);
    await connections.close(connection);
    return "CLOSED";
  };
}
