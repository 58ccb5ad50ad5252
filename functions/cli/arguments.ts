// Strict parsing of the command line: an unknown option, an option of another command or an invalid value is an error.
import { parseArgs } from "node:util";
import { UnclipError } from "../../models/errors.ts";
import type { Arguments, Command, Program } from "./command.ts";
import { didYouMean } from "./did-you-mean.ts";
import { COMMON, DASH, OPTIONS, type OptionName, type Values } from "./options.ts";

/** Throws INVALID_REQUEST. `argv` includes the command's name, which may follow options. */
export function readArguments(program: Program, command: Command, argv: readonly string[]): Arguments {
  const { tokens, positionals } = tokenize(argv);
  const values: Record<string, unknown> = {};
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const name = resolveOption(program, command, token.name, token.rawName);
    const value = parseValue(name, token.rawName, token.value, token.inlineValue === true);
    values[name] = OPTIONS[name].kind === "texts" ? [...((values[name] as string[]) ?? []), value] : value;
  }
  const given = positionals.slice(1);
  const { file, "key-file": keyFile, mix = [] } = values as Values;
  if ([...given, ...mix, file, keyFile].filter((each) => each === DASH).length > 1) {
    throw usageError("- stands for standard input, which can be read only once");
  }
  const { min, max, what } = file === undefined ? command.takes : { min: 0, max: 0, what: "no caption with --file" };
  if (given.length < min || given.length > max) {
    const hint = given.length > max && what.endsWith("caption") ? "; put a caption in quotes" : "";
    const count = given.length === 0 ? "none" : given.length;
    throw usageError(`${command.name} takes ${what}, but was given ${count}${hint}`);
  }
  return { positionals: given, values: values as Values };
}

/** The positional arguments, and whether --help is among the options. Never throws. */
export function glance(argv: readonly string[]): { readonly words: readonly string[]; readonly help: boolean } {
  const { tokens, positionals } = tokenize(argv);
  return { words: positionals, help: tokens.some((token) => token.kind === "option" && token.name === "help") };
}

export function usageError(message: string, field?: string): UnclipError {
  return new UnclipError("INVALID_REQUEST", message, { field });
}

function tokenize(argv: readonly string[]) {
  const options = Object.entries(OPTIONS).map(([name, option]) => [
    name,
    {
      type: option.kind === "switch" ? "boolean" : "string",
      ...("short" in option && { short: option.short }),
    } as const,
  ]);
  // Not strict, because Node's messages know neither the command nor the nearest option.
  return parseArgs({
    args: [...argv],
    options: Object.fromEntries(options),
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
}

function resolveOption(program: Program, command: Command, name: string, written: string): OptionName {
  const own = [...command.options, ...COMMON];
  if ((own as string[]).includes(name)) return name as OptionName;
  const others = program.commands.filter(({ options }) => (options as readonly string[]).includes(name));
  if (others.length > 0) {
    throw usageError(
      `${written} is not an option of ${command.name}, but of ${others.map((other) => other.name).join(", ")}`,
    );
  }
  const near = didYouMean(name, own);
  const hint = near === undefined ? `"${program.name} ${command.name} --help" lists them` : `did you mean --${near}?`;
  throw usageError(`${command.name} has no option ${written}: ${hint}`);
}

function parseValue(name: OptionName, written: string, value: string | undefined, inline: boolean): unknown {
  const { kind, value: placeholder } = OPTIONS[name];
  if (kind === "switch") {
    if (value !== undefined) throw usageError(`${written} takes no value`);
    return true;
  }
  if (value === undefined) throw usageError(`${written} needs a value: ${written} ${placeholder}`);
  // In "--out --size 64" the file is missing; in "--guidance -1" the number is not.
  if (!inline && /^--?[a-z]/i.test(value)) {
    throw usageError(
      `${written} needs a value, and ${value} looks like an option (to use it as the value: ${written}=${value})`,
    );
  }
  if (kind === "number") return parseNumber(written, value);
  if (kind === "numbers") return value.split(",").map((each) => parseNumber(written, each.trim()));
  return value;
}

/** Decimal numbers only: Number() would also accept "", "0x10" and "1e999". */
function parseNumber(written: string, text: string): number {
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(value)) throw usageError(`${written} must be a number, not ${JSON.stringify(text)}`);
  return value;
}
