// The process of one network: opens it, then runs one pass per message. It ends with its parent process.
import { toFailure } from "../error-transfer.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { FromProcess, ToProcess } from "./isolated.ts";
import { type Feeds, Network } from "./session.ts";

let network: Network | undefined;
/** Of the pass before. */
let feeds: Feeds = {};

// Ctrl-C reaches every process of a terminal, but the engine cancels between two steps.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => {});
process.on("disconnect", () => process.exit());
process.on("message", (message: ToProcess) => {
  answer(message).then(send, (error: unknown) => send({ failure: toFailure(error) }));
});

async function answer(message: ToProcess): Promise<FromProcess> {
  if ("open" in message) {
    const { path, spec, stage, options } = message.open;
    network = await Network.open(path, spec, stage, options);
    return { opened: true };
  }
  // A tensor arrives as a plain object, without its class.
  const changed = Object.entries(message.run).map(([name, { data, shape }]) => {
    return [name, data instanceof Float32Array ? new Tensor(data, shape) : { data, shape }] as const;
  });
  const kept = message.kept.map((name) => [name, feeds[name]!] as const);
  feeds = Object.fromEntries([...kept, ...changed]);
  return { outputs: await network!.run(feeds) };
}

function send(message: FromProcess): void {
  process.send!(message);
}
