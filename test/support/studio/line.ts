// A network line to a server that a test cuts and repairs.
import { connect, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { listen } from "../listen.ts";

type Line = { readonly url: string; readonly cut: () => void; readonly repair: () => void };

/** Forwards connections to `url`. While it is cut, it resets every connection. Closed at the end of the test. */
export async function startLine(url: string): Promise<Line> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) return void near.resetAndDestroy();
    const far = connect(Number(port), hostname);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far).pipe(near);
  });
  const destroyAll = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  onTestFinished(() => {
    destroyAll();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${await listen(server)}`,
    cut: () => {
      isCut = true;
      destroyAll();
    },
    repair: () => {
      isCut = false;
    },
  };
}
