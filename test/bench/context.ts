import type { Child } from "./child.ts";
import type { Client } from "./client.ts";
import type { Service } from "./servers/unclip.ts";

/** The arguments of every subject of the benchmark. */
export type Bench = {
  readonly client: Child<Client>;
  /** Not yet open. */
  readonly startService: () => Child<Service>;
  /** Bundle of the real engine; undefined for picto. */
  readonly bundle: string | undefined;
  /** Number of rounds of the sides that are compared. */
  readonly rounds: number;
};
