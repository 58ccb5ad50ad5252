import type { Child } from "./child.ts";
import type { Client } from "./client.ts";
import type { Service } from "./servers/unclip.ts";

/** What every subject of the benchmark gets. */
export type Bench = {
  readonly client: Child<Client>;
  /** Not yet open. */
  readonly startService: () => Child<Service>;
  /** Of the engine, where it is the real one; undefined for the one that ships. */
  readonly bundle: string | undefined;
  /** How often sides that are compared have their turn. */
  readonly rounds: number;
};
