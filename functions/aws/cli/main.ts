#!/usr/bin/env node
// The entry point of unclip-aws. From a clone: npm run -s unclip-aws -- doctor
import { exitCodeOf, formatError } from "../../cli/exit-codes.ts";
import { writeOutput } from "../../cli/program.ts";
import { run } from "./run.ts";

const argv = process.argv.slice(2);

try {
  writeOutput(await run(argv));
} catch (error) {
  console.error(`unclip-aws: ${formatError(error, argv.includes("--debug"))}`);
  process.exitCode = exitCodeOf(error);
}
