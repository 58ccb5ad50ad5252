// One call of the command line, from its words to what it prints.
import { version } from "../version.ts";
import { glance, readArguments, usageError } from "./arguments.ts";
import type { Command, Control, Report, Task } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { didYouMean } from "./did-you-mean.ts";
import { helpOf, overview } from "./help.ts";
import { withPath } from "./inputs.ts";
import type { Values } from "./options.ts";
import { ProgressBar } from "./progress-bar.ts";
import { withEngine } from "./with-engine.ts";

export type Output = {
  /** For standard output. */
  readonly text: string;
  /** For a person at a terminal, after it. */
  readonly summary?: string | undefined;
  readonly failed?: boolean | undefined;
};

/** Throws what failed; then there is nothing for standard output, and no file. Warnings go to standard error at once. */
export async function run(argv: readonly string[], signal: AbortSignal): Promise<Output> {
  const { words, help } = glance(argv);
  const [word, topic] = words;
  if (word === undefined && argv.includes("--version")) return { text: `${version()}\n` };
  if (word === "help" && topic !== undefined) return { text: helpOf(commandOf(topic)) };
  if (word === "help" || (word === undefined && help)) return { text: overview(COMMANDS, version()) };
  if (word === undefined) throw usageError('which command? "unclip --help" lists them');
  const command = commandOf(word);
  if (help) return { text: helpOf(command) };
  const { values, positionals } = readArguments(command, COMMANDS, argv);
  const task = await command.prepare({ values, positionals });
  const { lines, json, warnings = [], summary, failed } = await perform(task, values, signal);
  for (const warning of warnings) console.error(`unclip: warning: ${warning}`);
  return { text: `${values.json ? JSON.stringify(json) : lines.join("\n")}\n`, summary, failed };
}

async function perform(task: Task, values: Values, signal: AbortSignal): Promise<Report> {
  if ("alone" in task) return task.alone();
  const { run, pictures, memory } = task;
  const waiting = values.url === undefined ? "opening the bundle" : "waiting for the service";
  const bar = process.stderr.isTTY ? new ProgressBar(process.stderr, waiting) : undefined;
  const control: Control = { signal, ...(bar && { onProgress: (told) => bar.hear(told) }), previewEvery: 0 };
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

function commandOf(word: string): Command {
  const found = COMMANDS.find(({ name }) => name === word);
  if (found) return found;
  const names = COMMANDS.map(({ name }) => name);
  const near = didYouMean(word, names);
  if (near) throw usageError(`there is no command ${word}: did you mean ${near}?`);
  if (/\s/.test(word)) throw usageError(`"${word}" is no command: to draw it, unclip generate "${word}"`);
  throw usageError(`there is no command ${word}; there are ${names.join(", ")}`);
}
