// The command line `unclip`.
import { VERSION } from "../../models/version.ts";
import type { Control, EngineTask, Program, Report } from "./command.ts";
import { completionCommand } from "./commands/completion.ts";
import { COMMANDS } from "./commands.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { withPath } from "./inputs.ts";
import type { Values } from "./options.ts";
import { type Output, runProgram } from "./program.ts";
import { ProgressBar } from "./progress-bar.ts";
import { withEngine } from "./with-engine.ts";

export const UNCLIP: Program = {
  name: "unclip",
  version: VERSION,
  title: "pictures from captions, and from pictures, with unCLIP (the method of DALL·E 2)",
  commands: [...COMMANDS, completionCommand("unclip", () => UNCLIP)],
  about: `Paths of written files go to standard output, one per line; progress and warnings go to standard
error.`,
  exitCodes: EXIT_CODES,
};

/** Rejects if the command fails; then nothing is written to standard output or to files. */
export function run(argv: readonly string[], signal: AbortSignal): Promise<Output> {
  return runProgram(UNCLIP, argv, (task, values) => runWithEngine(task, values, signal), signal);
}

async function runWithEngine(
  { run, pictures, memory }: EngineTask,
  values: Values,
  signal: AbortSignal,
): Promise<Report> {
  const since = performance.now();
  const waiting = values.url === undefined ? "opening the bundle" : "waiting for the service";
  const bar = process.stderr.isTTY && !values.quiet ? new ProgressBar(process.stderr, waiting) : undefined;
  const control: Control = {
    signal,
    since,
    ...(bar && { onProgress: (progress) => bar.update(progress) }),
    previewEvery: 0,
  };
  try {
    return await withEngine(memory ? { ...values, memory } : values, signal, async (engine) => {
      try {
        return await run(engine, control);
      } catch (error) {
        throw await withPath(error, engine, pictures);
      }
    });
  } finally {
    bar?.end();
  }
}
