import type { Machine } from "./cost.ts";
import type { FleetResult } from "./fleet.ts";
import type { Life } from "./life.ts";
import type { Sorted } from "./waits.ts";

/** One simulated day at one scale. */
export type Day = {
  readonly machine: Machine;
  readonly pictures: number;
  readonly most: number;
  readonly result: FleetResult;
  readonly waits: Sorted;
  readonly life: Life;
  readonly cost: number;
};
