// The types of commands. Each command is a file in commands/.
import type { MemoryName } from "../../models/request.ts";
import type { Control as EngineControl, Unclip } from "../../models/types.ts";
import type { OptionName, Values } from "./options.ts";

/** The signal and progress callbacks of an engine call, and when its command began (performance.now). */
export type Control = EngineControl & { readonly since: number };

export type Arguments = { readonly positionals: readonly string[]; readonly values: Values };

export type Command = {
  readonly name: string;
  /** One line for the overview. */
  readonly summary: string;
  /** The positional arguments in help: "PICTURE CAPTION". */
  readonly usage: string;
  readonly takes: { readonly min: number; readonly max: number; readonly what: string };
  readonly options: readonly OptionName[];
  /** Texts of options whose meaning differs for this command. */
  readonly optionTexts?: Partial<Record<OptionName, string>>;
  readonly about: string;
  readonly examples: readonly string[];
  /** Reads files and checks all that can be checked before an engine is opened. */
  readonly prepare: (given: Arguments) => Promise<Task>;
};

type Task = EngineTask | { readonly alone: (signal: AbortSignal) => Promise<Report> };

export type EngineTask = {
  /** The given pictures by path, so that an error can name the unusable one. */
  readonly pictures?: ReadonlyMap<string, Uint8Array>;
  /** Overrides --memory, for tasks that run no network. */
  readonly memory?: MemoryName;
  readonly run: (engine: Unclip, control: Control) => Promise<Report>;
};

/** A command line with several commands. */
export type Program = {
  readonly name: string;
  readonly version: string;
  /** One line for the overview. */
  readonly title: string;
  /** In the order of help. */
  readonly commands: readonly Command[];
  /** A paragraph for the overview. */
  readonly about: string;
  readonly exitCodes: Readonly<Record<number, string>>;
};

/** The output of a command. */
export type Report = {
  /** For standard output without --json, one per line. */
  readonly lines: readonly string[];
  /** A picture for standard output, in place of the lines. */
  readonly bytes?: Uint8Array;
  /** For standard output with --json. */
  readonly json: object;
  readonly warnings?: readonly string[];
  /** One line for a person at a terminal. */
  readonly summary?: string;
  /** The command ran, but its result is negative: the process exits with 1. */
  readonly failed?: boolean;
};
