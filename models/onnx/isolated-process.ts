// The process of one network: opens it when told to, then runs pass after pass. It ends with the process that started it.

import { toFailure } from "../host/protocol.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { FromProcess, ToProcess } from "./isolated.ts";
import { Network } from "./session.ts";

let network: Network | undefined;

// Ctrl-C reaches every process of a terminal, and the engine wants its step to end in good order.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => {});
process.on("disconnect", () => process.exit());
process.on("message", (question: ToProcess) => {
  answer(question).then(tell, (error: unknown) => tell({ failure: toFailure(error) }));
});

async function answer(question: ToProcess): Promise<FromProcess> {
  if ("open" in question) {
    const { path, spec, stage, options } = question.open;
    network = await Network.open(path, spec, stage, options);
    return { opened: true };
  }
  // A tensor comes through as a plain object: its class stays behind.
  const feeds = Object.entries(question.run).map(([name, { data, shape }]) => {
    return [name, data instanceof Float32Array ? new Tensor(data, shape) : { data, shape }] as const;
  });
  return { outputs: await network!.run(Object.fromEntries(feeds)) };
}

function tell(message: FromProcess): void {
  process.send!(message);
}
