import type { RandomChoices } from "../../../support/fuzz/random-choices.ts";
import type { Violations } from "../../violations.ts";
import type { ServerProcess } from "../server-process.ts";
import type { Volume } from "../volume.ts";

export type FaultContext = {
  readonly server: ServerProcess;
  readonly choices: RandomChoices;
  readonly violations: Violations;
  /** The file system of the data folder, where this process may mount one. */
  readonly volume: Volume | undefined;
};

export type Fault = {
  readonly name: string;
  /** How often it is drawn, relative to the others. */
  readonly weight: number;
  /** Finds a server that runs or starts, and leaves one. */
  inject(context: FaultContext): Promise<void>;
  /** Why this machine cannot inject it; undefined if it can. */
  unavailable?(): string | undefined;
};
