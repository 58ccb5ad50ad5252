// One side of the benchmark: the engine draws and prints the time of each stage and its peak memory.
//   node --import tsx models/training/bench/engine.ts BUNDLE PICTURES
import { readFile } from "node:fs/promises";
import { openUnclip } from "../../unclip.ts";

const [bundle = "models/bundles/picto", pictures = "3"] = process.argv.slice(2);
const engine = await openUnclip(bundle);
const draw = (seed: number) => engine.generate({ prompt: "a red apple on a blue background", seed, size: 256 });
await draw(0); // the first one opens the networks
const runs = [];
for (let seed = 1; seed <= Number(pictures); seed++) {
  const start = performance.now();
  const { timings } = await draw(seed);
  const stages = Object.fromEntries(timings.map(({ stage, milliseconds }) => [stage, milliseconds / 1000]));
  runs.push({ ...stages, whole: (performance.now() - start) / 1000 });
}
await engine.close();
const peak = Number(/VmHWM:\s+(\d+)/.exec(await readFile("/proc/self/status", "utf8"))?.[1]) / 1024;
console.log(JSON.stringify({ runs, peak }));
