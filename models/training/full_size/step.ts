// Measures one step of one exported network in the engine: opens it, runs it twice, times the second run, releases it; repeats
// this for the given number of cycles. Called by children.py.
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { NetworkSpec } from "../../bundle/networks.ts";
import { type Feeds, Network } from "../../onnx/session.ts";
import { Random } from "../../tensor/random.ts";
import { Tensor } from "../../tensor/tensor.ts";

const [folder, size, cycles] = [process.argv[2]!, Number(process.argv[3]), Number(process.argv[4])];
/** Pixels for each number of a latent. */
const FACTOR = 8;

const spec: NetworkSpec = JSON.parse(readFileSync(join(folder, "network.json"), "utf8"));
/** Networks that denoise run both halves of guidance. */
const rows = "t" in spec.inputs ? 2 : 1;
const AXES: Readonly<Record<string, number>> = { n: rows, h: size / FACTOR, w: size / FACTOR, H: size, W: size };
/** Tokens of a caption, whose keys and values are cached after the first step. */
const cached = "past_key_values" in spec.inputs ? Number(spec.inputs.text_mask!.shape[1]) + 1 : 0;

const feeds = feedsWith(cached);
/** Guidance's halves one after the other, beside both as one batch. */
const half =
  rows === 1 ? undefined : Object.fromEntries(Object.entries(feeds).map(([name, feed]) => [name, firstRow(feed)]));
const found = { open: 0, seconds: 0, processor: 0, held: 0, peak: 0, released: [] as number[] };
for (let cycle = 0; cycle < cycles; cycle++) {
  const start = performance.now();
  const network = await Network.open(join(folder, spec.file), spec, "full-size", { threads: availableParallelism() });
  found.open = (performance.now() - start) / 1000;
  if (half !== undefined) {
    await network.run(half);
    Object.assign(found, { half: await timed(network, half), peakOfHalf: peak() });
  }
  if (cached > 0) {
    const first = feedsWith(0);
    await network.run(first);
    Object.assign(found, { first: await timed(network, first) });
  }
  await network.run(feeds);
  Object.assign(found, await timed(network, feeds));
  found.held = process.memoryUsage.rss();
  await network.release();
  found.released.push(process.memoryUsage.rss());
}
found.peak = peak();
console.log(JSON.stringify(found));

/** past: tokens whose keys and values are given. */
function feedsWith(past: number): Feeds {
  const feeds: Record<string, Feeds[string]> = {};
  for (const [name, { dtype, shape }] of Object.entries(spec.inputs)) {
    const sides = shape.map((axis) => (typeof axis === "string" ? { ...AXES, past }[axis]! : axis));
    const noise = new Random(0, name).normal(sides);
    feeds[name] = dtype === "int32" ? { data: new Int32Array(noise.data.length).fill(7), shape: sides } : noise;
  }
  return feeds;
}

/** Seconds on the clock and of the processor. */
async function timed(network: Network, given: Feeds): Promise<{ seconds: number; processor: number }> {
  const [begin, used] = [performance.now(), process.cpuUsage()];
  await network.run(given);
  const { user, system } = process.cpuUsage(used);
  return { seconds: (performance.now() - begin) / 1000, processor: (user + system) / 1e6 };
}

function peak(): number {
  return process.resourceUsage().maxRSS * 1024;
}

function firstRow({ data, shape: [, ...shape] }: Feeds[string]): Feeds[string] {
  const row = data.slice(
    0,
    shape.reduce((product, length) => product * length, 1),
  );
  return row instanceof Float32Array ? new Tensor(row, [1, ...shape]) : { data: row, shape: [1, ...shape] };
}
