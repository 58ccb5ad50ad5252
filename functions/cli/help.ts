// Help, made of what the commands and the options say of themselves.
import type { Command, Program } from "./command.ts";
import { COMMON, OPTIONS, type OptionName } from "./options.ts";

/** Every command, a line each. */
export function overview({ name: program, version, title, commands, about, exitCodes }: Program): string {
  const width = Math.max(...commands.map(({ name }) => name.length)) + 2;
  return `${program} ${version}: ${title}

Usage: ${program} COMMAND ... [options]

Commands:
${commands.map(({ name, summary }) => `  ${name.padEnd(width)}${summary}`).join("\n")}

Try:
  ${program} ${commands[0]!.examples[0]}

"${program} COMMAND --help" shows its options, with examples. "${program} --version" shows the version.
From a clone, "${program}" is "npm run -s ${program} --".

${about}

Exit codes:
${Object.entries(exitCodes)
  .map(([code, meaning]) => `  ${code.padEnd(width)}${meaning}`)
  .join("\n")}
`;
}

export function helpOf(program: Program, command: Command): string {
  const { name, usage, about, options, notes = {}, examples } = command;
  const sections = [
    `Usage: ${program.name} ${[name, usage, "[options]"].filter(Boolean).join(" ")}`,
    about,
    `Options (and what holds without them):\n${optionLines([...options, ...COMMON], notes)}`,
    ...(options.includes("out") ? [filesOf(command)] : []),
    `Examples:\n${examples.map((example) => `  ${program.name} ${example}`).join("\n")}`,
  ];
  return `${sections.join("\n\n")}\n`;
}

function optionLines(names: readonly OptionName[], notes: NonNullable<Command["notes"]>): string {
  const rows = names.map((name) => {
    const option = OPTIONS[name];
    const short = "short" in option ? `-${option.short}, ` : "    ";
    return [`  ${short}--${name}${option.value && ` ${option.value}`}`, notes[name] ?? option.text] as const;
  });
  // A long choice takes a line of its own, so that it does not push all texts to the right.
  return rows
    .map(([left, text]) => (left.length > 28 ? `${left}\n${" ".repeat(30)}${text}` : left.padEnd(30) + text))
    .join("\n");
}

function filesOf({ options, name }: Command): string {
  const numbers = name === "reconstruct" ? "NAME-20.png, NAME-40.png, ... (by K)" : "NAME-1.png, NAME-2.png, ...";
  const lines = [
    `One picture is written to NAME.png; several to ${numbers},`,
    "and all of them on one sheet, NAME-sheet.png. --out NAME.png gives the name, and overwrites.",
    "Without a name (no --out, or --out FOLDER) one is made from what was asked for, and numbered",
    "(_2, _3) rather than overwrite anything.",
    ...(options.includes("animate")
      ? ["--animate writes NAME.webp or NAME.gif too; --out NAME.webp or --out NAME.gif writes that alone."]
      : []),
  ];
  return `Files:\n${lines.map((line) => `  ${line}`).join("\n")}`;
}
