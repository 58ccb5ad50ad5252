// Says things over sockets, and ends the sockets that nothing gets through to: one client that does not read would otherwise
// hold up the news of all that come after it in the table's stream.
import type { Connections } from "../../../infra/aws/connections.ts";
import type { Post, Sent } from "../../../infra/aws/post-to-connection.ts";
import type { Logger } from "../../log.ts";

export type SenderParts = {
  readonly connections: Pick<Connections, "close">;
  readonly post: Post;
  readonly log: Logger;
};

/** ENDED: there is no connection any more, nor what was followed over it. Its client comes back and goes on with `after:`. */
export type SendResult = "SENT" | "LARGE" | "ENDED";

/**
 * Rejects for a fault of ours, unless it is `late`: then others have waited for this connection for long enough, and it is
 * ended whatever stands in its way.
 */
export type Send = (connection: string, text: string, late?: boolean) => Promise<SendResult>;

export function createSender({ connections, post, log }: SenderParts): Send {
  /** Where the way to every socket is barred, this says so too, and nobody's rows go. */
  const cut = async (connection: string, late: boolean): Promise<void> => {
    log.warn({ connection }, "a socket takes nothing: it is cut");
    try {
      await post.cut(connection);
    } catch (err) {
      if (!late) throw err;
      // Without its row it is cut at the client's next message, be it a ping.
      log.error({ err, connection }, "a socket could not be cut");
    }
  };

  return async (connection, text, late = false) => {
    const sent = await post.send(connection, text).catch((err): Sent => {
      if (!late) throw err;
      log.error({ err, connection }, "a message could not be posted");
      return "STUCK";
    });
    if (sent === "SENT" || sent === "LARGE") return sent;
    if (sent === "STUCK") await cut(connection, late);
    await connections.close(connection);
    return "ENDED";
  };
}
