import type { Violation, ViolationKind } from "./tally.ts";

/** The promises that did not hold in one campaign. */
export class Violations {
  readonly found: Violation[] = [];

  add(kind: ViolationKind, what: string): void {
    this.found.push({ kind, what });
    console.error(`VIOLATION (${kind}): ${what}`);
  }
}
