// Measures one step of one exported network in the engine: opens it, runs it twice, times the second run, releases it; repeats
// this for the given number of cycles. Called by children.py.
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { NetworkSpec } from "../../bundle/networks.ts";
import { type Feeds, Network } from "../../onnx/session.ts";
import { Random } from "../../tensor/random.ts";

const [folder, size, cycles] = [process.argv[2]!, Number(process.argv[3]), Number(process.argv[4])];
/** Pixels for each number of a latent. */
const FACTOR = 8;

const spec: NetworkSpec = JSON.parse(readFileSync(join(folder, "network.json"), "utf8"));
/** Networks that denoise run both halves of guidance. */
const rows = "t" in spec.inputs ? 2 : 1;
const AXES: Readonly<Record<string, number>> = { n: rows, h: size / FACTOR, w: size / FACTOR, H: size, W: size };
const feeds: Record<string, Feeds[string]> = {};
for (const [name, { dtype, shape }] of Object.entries(spec.inputs)) {
  const sides = shape.map((axis) => (typeof axis === "string" ? AXES[axis]! : axis));
  const noise = new Random(0, name).normal(sides);
  feeds[name] = dtype === "int32" ? { data: new Int32Array(noise.data.length).fill(7), shape: sides } : noise;
}

const found = { open: 0, seconds: 0, processor: 0, held: 0, peak: 0, released: [] as number[] };
for (let cycle = 0; cycle < cycles; cycle++) {
  const start = performance.now();
  const network = await Network.open(join(folder, spec.file), spec, "full-size", { threads: availableParallelism() });
  found.open = (performance.now() - start) / 1000;
  for (let turn = 0; turn < 2; turn++) {
    const [begin, used] = [performance.now(), process.cpuUsage()];
    await network.run(feeds);
    found.seconds = (performance.now() - begin) / 1000;
    const { user, system } = process.cpuUsage(used);
    found.processor = (user + system) / 1e6;
  }
  found.held = process.memoryUsage.rss();
  await network.release();
  found.released.push(process.memoryUsage.rss());
}
found.peak = process.resourceUsage().maxRSS * 1024;
console.log(JSON.stringify(found));
