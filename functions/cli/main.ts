// The command line: npm run -s unclip -- generate "a red apple on a blue background" --out apple.png
import { exitCodeOf, formatError, STOPPED } from "./exit-codes.ts";
import { writeOutput } from "./program.ts";
import { run } from "./run.ts";

const argv = process.argv.slice(2);
const controller = new AbortController();
let stopped: number | undefined;

// The first signal stops gracefully, at the engine's next step. A second one ends the process at once.
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    stopped = STOPPED[signal];
    controller.abort();
  });
}

try {
  writeOutput(await run(argv, controller.signal));
} catch (error) {
  console.error(`unclip: ${formatError(error, argv.includes("--debug"))}`);
  // An engine that is still opening would keep the process alive.
  process.exit(stopped ?? exitCodeOf(error));
}
