// The command line, read strictly: an option is known, belongs to the command and has a value it can have, or it is an error.
import { parseArgs } from "node:util";
import { UnclipError } from "../../models/errors.ts";
import type { Arguments, Command, Program } from "./command.ts";
import { didYouMean } from "./did-you-mean.ts";
import { COMMON, OPTIONS, type OptionName, type Values } from "./options.ts";

/** Throws INVALID_REQUEST. `argv` holds the command's name too, which may stand behind options. */
export function readArguments(program: Program, command: Command, argv: readonly string[]): Arguments {
  const { tokens, positionals } = parse(argv);
  const values: Record<string, unknown> = {};
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const name = known(program, command, token.name, token.rawName);
    values[name] = read(name, token.rawName, token.value, token.inlineValue === true);
  }
  const given = positionals.slice(1);
  const { min, max, what } = command.takes;
  if (given.length < min || given.length > max) {
    const cure = given.length > max && what.includes("caption") ? "; put a caption in quotes" : "";
    const count = given.length === 0 ? "none" : given.length;
    throw usageError(`${command.name} takes ${what}, but was given ${count}${cure}`);
  }
  return { positionals: given, values: values as Values };
}

/** The words that are no options, and whether help is asked for. Never fails. */
export function glance(argv: readonly string[]): { readonly words: readonly string[]; readonly help: boolean } {
  const { tokens, positionals } = parse(argv);
  return { words: positionals, help: tokens.some((token) => token.kind === "option" && token.name === "help") };
}

export function usageError(message: string, field?: string): UnclipError {
  return new UnclipError("INVALID_REQUEST", message, { field });
}

function parse(argv: readonly string[]) {
  const options = Object.entries(OPTIONS).map(([name, option]) => [
    name,
    {
      type: option.kind === "switch" ? "boolean" : "string",
      ...("short" in option && { short: option.short }),
    } as const,
  ]);
  // Not strict: its messages know neither the command nor the nearest option.
  return parseArgs({
    args: [...argv],
    options: Object.fromEntries(options),
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
}

function known(program: Program, command: Command, name: string, written: string): OptionName {
  const own = [...command.options, ...COMMON];
  if ((own as string[]).includes(name)) return name as OptionName;
  const others = program.commands.filter(({ options }) => (options as readonly string[]).includes(name));
  if (others.length > 0) {
    throw usageError(
      `${written} is no option of ${command.name}, but of ${others.map((other) => other.name).join(", ")}`,
    );
  }
  const near = didYouMean(name, own);
  const cure = near === undefined ? `"${program.name} ${command.name} --help" lists them` : `did you mean --${near}?`;
  throw usageError(`${command.name} knows no option ${written}: ${cure}`);
}

function read(name: OptionName, written: string, value: string | undefined, inline: boolean): unknown {
  const { kind, value: placeholder } = OPTIONS[name];
  if (kind === "switch") {
    if (value !== undefined) throw usageError(`${written} takes no value`);
    return true;
  }
  if (value === undefined) throw usageError(`${written} needs a value: ${written} ${placeholder}`);
  // "--out --size 64" has forgotten the file; "--guidance -1" has not forgotten the number.
  if (!inline && /^--?[a-z]/i.test(value)) {
    throw usageError(
      `${written} needs a value, and ${value} looks like an option (if it is meant: ${written}=${value})`,
    );
  }
  if (kind === "number") return number(written, value);
  if (kind === "numbers") return value.split(",").map((each) => number(written, each.trim()));
  return value;
}

/** Decimal digits and nothing else: Number() would take "", "0x10" and "1e999". */
function number(written: string, text: string): number {
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(value)) throw usageError(`${written} must be a number, not ${JSON.stringify(text)}`);
  return value;
}
