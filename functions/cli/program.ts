// One invocation of a command line, from its arguments to its output.
import { takenByNpm } from "../../infra/config/env.ts";
import type { UnclipError } from "../../models/errors.ts";
import { glance, readArguments, usageError } from "./arguments.ts";
import type { Command, EngineTask, Program, Report } from "./command.ts";
import { didYouMean } from "./did-you-mean.ts";
import { formatHelp, formatOverview, formatShort } from "./help.ts";
import type { Values } from "./options.ts";

export type Output = {
  /** For standard output. */
  readonly text: string;
  /** A picture for standard output, in place of the text. */
  readonly bytes?: Uint8Array | undefined;
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
  if (word === undefined && argv.some((each) => each === "--version" || each === "-V")) return { text: `${version}\n` };
  if (word === "help" && topic !== undefined) return { text: formatHelp(program, commandOf(program, topic)) };
  if (word === "help" || (word === undefined && help)) return { text: formatOverview(program) };
  if (argv.length === 0) return { text: formatShort(program) };
  if (word === undefined) throw noCommand(program, argv);
  const command = commandOf(program, word);
  if (help) return { text: formatHelp(program, command) };
  checkNpm(program, command);
  const { values, positionals } = readArguments(program, command, argv);
  const task = await command.prepare({ values, positionals });
  const report = "alone" in task ? await task.alone(signal) : await runWithEngine(task, values);
  const { lines, bytes, json, warnings = [], summary, failed } = report;
  const text = `${values.json ? JSON.stringify(json) : lines.join("\n")}\n`;
  if (values.quiet) return { text, bytes, failed };
  for (const warning of warnings) console.error(`${name}: warning: ${warning}`);
  return { text, bytes, summary, failed };
}

/** npm has an option --key too, which a user may have set for good. */
function checkNpm({ name }: Program, command: Command): void {
  const taken = command.options.filter((option) => option !== "key" && takenByNpm(option));
  if (taken.length === 0) return;
  const options = taken.map((option) => `--${option}`).join(", ");
  throw usageError(
    `npm took ${options} for itself; "--" before the command prevents it: npm run -s ${name} -- ${command.name} ...`,
  );
}

/** There are only options, of which --help and --version are none. */
function noCommand({ name }: Program, argv: readonly string[]): UnclipError {
  const near = didYouMean(argv[0]!.replace(/^-+/, ""), ["help", "version"]);
  return usageError(near ? `did you mean ${name} --${near}?` : `which command? "${name} --help" lists them`);
}

async function noEngine(): Promise<never> {
  throw new Error("This program has no engine");
}

/** Writes the output of a finished command, and sets the exit code. */
export function writeOutput({ text, bytes, summary, failed }: Output): void {
  // The reader may be gone, as in "unclip embed a.png | head -1".
  process.stdout.on("error", ({ code }: NodeJS.ErrnoException) => process.exit(code === "EPIPE" ? 0 : 1));
  process.stdout.write(bytes ?? text);
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
