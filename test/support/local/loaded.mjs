// node --import this: at its end the process writes which modules it has loaded to the file that LOADED names.
import { writeFileSync } from "node:fs";
import { createRequire, register } from "node:module";
import { MessageChannel } from "node:worker_threads";

const { port1, port2 } = new MessageChannel();
const modules = new Set();
port1.on("message", (url) => modules.add(url));
port1.unref();
register(
  `data:text/javascript,
  let port;
  export function initialize({ to }) { port = to; }
  export async function load(url, context, next) { port.postMessage(url); return next(url, context); }`,
  {
    parentURL: import.meta.url,
    data: { to: port2 },
    transferList: [port2],
  },
);

process.on("exit", () => {
  const { cache } = createRequire(import.meta.url);
  writeFileSync(process.env.LOADED, JSON.stringify([...modules, ...Object.keys(cache)]));
});
