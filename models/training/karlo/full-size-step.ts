// One step of one exported network in the engine: opened by path, run twice, the second one timed. Called by full_size.py.
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { type Feeds, Network } from "../../onnx/session.ts";
import { Random } from "../../tensor/random.ts";

const folder = process.argv[2]!;
const { rows, ...spec } = JSON.parse(readFileSync(join(folder, "network.json"), "utf8"));
const start = performance.now();
const network = await Network.open(join(folder, spec.file), spec, "full-size", { threads: availableParallelism() });
const opened = performance.now() - start;
const feeds: Record<string, Feeds[string]> = {};
for (const [name, { dtype, shape }] of Object.entries(network.spec.inputs)) {
  const size = shape.map((axis) => (axis === "n" ? rows : axis));
  const noise = new Random(0, name).normal(size);
  feeds[name] = dtype === "int32" ? { data: new Int32Array(noise.data.length).fill(7), shape: size } : noise;
}
let seconds = 0;
for (let turn = 0; turn < 2; turn++) {
  const begin = performance.now();
  await network.run(feeds);
  seconds = (performance.now() - begin) / 1000;
}
console.log(JSON.stringify({ open: opened / 1000, seconds, peak: process.resourceUsage().maxRSS * 1024 }));
