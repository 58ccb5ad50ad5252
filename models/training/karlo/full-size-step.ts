// Measures one step of one exported network in the engine: opens it, runs it twice, times the second run, releases it; repeats
// this for the given number of cycles. Called by full_size.py.
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { type Feeds, Network } from "../../onnx/session.ts";
import { Random } from "../../tensor/random.ts";

const [folder, cycles] = [process.argv[2]!, Number(process.argv[3] ?? 1)];
const { rows, ...spec } = JSON.parse(readFileSync(join(folder, "network.json"), "utf8"));
const feeds: Record<string, Feeds[string]> = {};
for (const [name, { dtype, shape }] of Object.entries<{ dtype: string; shape: (number | "n")[] }>(spec.inputs)) {
  const size = shape.map((axis) => (axis === "n" ? rows : axis));
  const noise = new Random(0, name).normal(size);
  feeds[name] = dtype === "int32" ? { data: new Int32Array(noise.data.length).fill(7), shape: size } : noise;
}
const found = { open: 0, seconds: 0, held: 0, peak: 0, released: [] as number[] };
for (let cycle = 0; cycle < cycles; cycle++) {
  const start = performance.now();
  const network = await Network.open(join(folder, spec.file), spec, "full-size", { threads: availableParallelism() });
  found.open = (performance.now() - start) / 1000;
  for (let turn = 0; turn < 2; turn++) {
    const begin = performance.now();
    await network.run(feeds);
    found.seconds = (performance.now() - begin) / 1000;
  }
  found.held = process.memoryUsage.rss();
  await network.release();
  found.released.push(process.memoryUsage.rss());
}
found.peak = process.resourceUsage().maxRSS * 1024;
console.log(JSON.stringify(found));
