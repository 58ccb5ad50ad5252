// Help texts, generated from the definitions of commands and options.
import type { Command, Program } from "./command.ts";
import { COMMON, OPTIONS, type OptionName } from "./options.ts";

/** What the program prints without arguments: a list of all commands, and where to read more. */
export function formatShort({ name: program, version, title, commands }: Program): string {
  const width = Math.max(...commands.map(({ name }) => name.length)) + 2;
  return `${program} ${version}: ${title}

Usage: ${program} COMMAND ... [options]

Commands:
${commands.map(({ name, summary }) => `  ${name.padEnd(width)}${summary}`).join("\n")}

Try:
  ${program} ${commands[0]!.examples[0]}

"${program} COMMAND --help" shows its options, with examples. "${program} --version" shows the version.
`;
}

export function formatOverview(program: Program): string {
  const { name, about, exitCodes } = program;
  return `${formatShort(program)}From a clone, "${name}" is "npm run -s ${name} --".

${about}

Exit codes:
${Object.entries(exitCodes)
  .map(([code, meaning]) => `  ${code.padEnd(5)}${meaning}`)
  .join("\n")}
`;
}

export function formatHelp(program: Program, command: Command): string {
  const { name, usage, about, options, optionTexts = {}, examples } = command;
  const sections = [
    `Usage: ${program.name} ${[name, usage, "[options]"].filter(Boolean).join(" ")}`,
    about,
    `Options (defaults in parentheses):\n${optionLines([...options, ...COMMON], optionTexts)}`,
    ...(options.includes("out") ? [formatFiles(command)] : []),
    `Examples:\n${examples.map((example) => `  ${program.name} ${example}`).join("\n")}`,
  ];
  return `${sections.join("\n\n")}\n`;
}

function optionLines(names: readonly OptionName[], texts: NonNullable<Command["optionTexts"]>): string {
  const rows = names.map((name) => {
    const option = OPTIONS[name];
    const short = "short" in option ? `-${option.short}, ` : "    ";
    return [`  ${short}--${name}${option.value && ` ${option.value}`}`, texts[name] ?? option.text] as const;
  });
  // A long option gets a line of its own, so that it does not push all texts to the right.
  return rows
    .map(([left, text]) => (left.length > 28 ? `${left}\n${" ".repeat(30)}${text}` : left.padEnd(30) + text))
    .join("\n");
}

function formatFiles({ options, name }: Command): string {
  const numbers = name === "reconstruct" ? "NAME-20.png, NAME-40.png, ... (by K)" : "NAME-1.png, NAME-2.png, ...";
  const lines = [
    `One picture is written to NAME.png; several to ${numbers},`,
    "plus a contact sheet, NAME-sheet.png. --out NAME.png sets the name, and overwrites files.",
    "Without a name (no --out, or --out FOLDER) it is derived from the request, and numbered (_2, _3)",
    "to avoid overwriting files. --out FOLDER/ makes the folder. --out - writes one picture, or with",
    "--animate the animation, to standard output.",
    ...(options.includes("animate")
      ? ["--animate also writes NAME.webp or NAME.gif; --out NAME.webp or --out NAME.gif writes only that."]
      : []),
  ];
  return `Files:\n${lines.map((line) => `  ${line}`).join("\n")}`;
}
