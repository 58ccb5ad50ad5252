// A WebSocket client that sends any message, valid or not.
import { WebSocket } from "ws";

export type RawOptions = { readonly headers?: Record<string, string>; readonly protocols?: string[] };

export type RawSocket = {
  /** Sends text as it is and other values as JSON, in frames of `frame` bytes. */
  send(message: unknown, frame?: number): void;
  /** The next message. */
  next(): Promise<unknown>;
  /** The close code. */
  readonly closed: Promise<number>;
  readonly protocol: string;
};

/** Rejects with the HTTP status if the upgrade is refused. */
export async function rawSocket(
  url: string,
  { headers = {}, protocols = ["graphql-transport-ws"] }: RawOptions,
): Promise<RawSocket> {
  const socket = new WebSocket(url, protocols, { headers });
  const notified: string[] = [];
  let wake = () => {};
  socket.on("message", (data) => {
    notified.push(String(data));
    wake();
  });
  const closed = new Promise<number>((resolve) => socket.once("close", (code) => resolve(code)));
  await new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  return {
    send: (message, frame) => {
      const text = typeof message === "string" ? message : JSON.stringify(message);
      const length = frame ?? text.length;
      for (let at = 0; at < text.length; at += length) {
        socket.send(text.slice(at, at + length), { fin: at + length >= text.length });
      }
    },
    next: async () => {
      while (notified.length === 0) {
        const message = new Promise<void>((resolve) => {
          wake = resolve;
        });
        const code = await Promise.race([message, closed]);
        if (notified.length === 0) throw new Error(`It was closed with ${code}`);
      }
      return JSON.parse(notified.shift()!);
    },
    closed,
    protocol: socket.protocol,
  };
}
