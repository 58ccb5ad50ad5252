// What a command is. Each lives in commands/, one file each.
import type { MemoryName } from "../../models/request.ts";
import type { Unclip } from "../../models/types.ts";
import type { OptionName, Values } from "./options.ts";

/** The signal of a call and who listens to its progress. */
export type Control = NonNullable<Parameters<Unclip["generate"]>[1]>;

export type Arguments = { readonly positionals: readonly string[]; readonly values: Values };

export type Command = {
  readonly name: string;
  /** One line for the overview. */
  readonly summary: string;
  /** What goes before the options: "PICTURE CAPTION". */
  readonly usage: string;
  readonly takes: { readonly min: number; readonly max: number; readonly what: string };
  readonly options: readonly OptionName[];
  /** Where an option means something else here. */
  readonly notes?: Partial<Record<OptionName, string>>;
  readonly about: string;
  readonly examples: readonly string[];
  /** Reads files and checks everything that can be checked before the engine is opened, where one is needed. */
  readonly prepare: (given: Arguments) => Promise<Task>;
};

export type Task = EngineTask | { readonly alone: (signal: AbortSignal) => Promise<Report> };

export type EngineTask = {
  /** The pictures given, by path, so that one that cannot be used is named. */
  readonly pictures?: ReadonlyMap<string, Uint8Array>;
  /** In place of --memory, for what runs no network. */
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

/** What a command has to say. */
export type Report = {
  /** For standard output, when --json is not given. */
  readonly lines: readonly string[];
  /** For standard output, when it is. */
  readonly json: object;
  readonly warnings?: readonly string[];
  /** One line for a person at a terminal. */
  readonly summary?: string;
  /** Said all it had to say, and what it says is no good news: the process ends with 1. */
  readonly failed?: boolean;
};
