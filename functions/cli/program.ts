// One invocation of a command line, from its arguments to its output.
import { glance, readArguments, usageError } from "./arguments.ts";
import type { Command, EngineTask, Program, Report } from "./command.ts";
import { didYouMean } from "./did-you-mean.ts";
import { formatHelp, formatOverview } from "./help.ts";
import type { Values } from "./options.ts";

export type Output = {
  /** For standard output. */
  readonly text: string;
  /** For standard error. */
  readonly summary?: string | undefined;
  readonly failed?: boolean | undefined;
};

/**
 * `runWithEngine` runs the tasks that need an engine, if a command has any. Rejects if the command fails; then nothing is written to standard
 * output or to files. Warnings go to standard error at once.
 */
export async function runProgram(
  program: Program,
  argv: readonly string[],
  runWithEngine: (task: EngineTask, values: Values) => Promise<Report> = noEngine,
  signal: AbortSignal = new AbortController().signal,
): Promise<Output> {
  const { name, version } = program;
  const { words, help } = glance(argv);
  const [word, topic] = words;
  if (word === undefined && argv.includes("--version")) return { text: `${version}\n` };
  if (word === "help" && topic !== undefined) return { text: formatHelp(program, commandOf(program, topic)) };
  if (word === "help" || (word === undefined && help)) return { text: formatOverview(program) };
  if (word === undefined) throw usageError(`which command? "${name} --help" lists them`);
  const command = commandOf(program, word);
  if (help) return { text: formatHelp(program, command) };
  const { values, positionals } = readArguments(program, command, argv);
  const task = await command.prepare({ values, positionals });
  const report = "alone" in task ? await task.alone(signal) : await runWithEngine(task, values);
  const { lines, json, warnings = [], summary, failed } = report;
  const text = `${values.json ? JSON.stringify(json) : lines.join("\n")}\n`;
  if (values.quiet) return { text, failed };
  for (const warning of warnings) console.error(`${name}: warning: ${warning}`);
  return { text, summary, failed };
}

async function noEngine(): Promise<never> {
  throw new Error("This program has no engine");
}

/** Writes the output of a finished command, and sets the exit code. */
export function writeOutput({ text, summary, failed }: Output): void {
  process.stdout.write(text);
  if (summary) console.error(summary);
  if (failed) process.exitCode = 1;
}

function commandOf({ name, commands }: Program, word: string): Command {
  const found = commands.find((command) => command.name === word);
  if (found) return found;
  const names = commands.map((command) => command.name);
  const near = didYouMean(word, names);
  if (near) throw usageError(`there is no command ${word}: did you mean ${near}?`);
  if (/\s/.test(word) && names.includes("generate")) {
    throw usageError(`"${word}" is not a command; to draw it: ${name} generate "${word}"`);
  }
  throw usageError(`there is no command ${word}; the commands are ${names.join(", ")}`);
}
