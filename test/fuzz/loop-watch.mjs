// Loaded into the server that is fuzzed. SIGUSR2 writes what was seen since the last one to the file FUZZ_WATCH: the longest
// time that one turn of the main thread's event loop took, and the memory after a garbage collection (--expose-gc).
import { readFileSync, writeFileSync } from "node:fs";

const TICK_MS = 10;
const file = process.env.FUZZ_WATCH;

/** Milliseconds that the main thread ran, where the system says so: a busy machine, which lets it wait, holds no loop. */
function threadMs() {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, "utf8").split(" ")[0]) / 1e6;
  } catch {
    return performance.now();
  }
}

let [last, held, reports] = [threadMs(), 0, 0];
setInterval(() => {
  const now = threadMs();
  held = Math.max(held, now - last);
  last = now;
}, TICK_MS).unref();

process.on("SIGUSR2", () => {
  globalThis.gc();
  const { rss, heapUsed } = process.memoryUsage();
  writeFileSync(file, JSON.stringify({ report: ++reports, held, rss, heap: heapUsed }));
  // The collection is this file's, not an input's.
  [last, held] = [threadMs(), 0];
});
