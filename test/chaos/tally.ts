// What a chaos run counts, and its tables.
import { availableParallelism } from "node:os";

/** A promise to callers that did not hold. */
export type ViolationKind = "lost" | "doubled" | "torn" | "leased" | "unserved";
export type Violation = { readonly kind: ViolationKind; readonly what: string };

const KINDS: readonly ViolationKind[] = ["lost", "doubled", "torn", "leased", "unserved"];

export type CampaignCounts = {
  readonly jobs: number;
  readonly pictures: number;
  /** Injected faults by kind. */
  readonly faults: ReadonlyMap<string, number>;
  readonly violations: readonly Violation[];
};

export class Tally {
  readonly #subjects = new Map<
    string,
    { campaigns: number; jobs: number; pictures: number; violations: Violation[] }
  >();
  readonly #faults = new Map<string, number>();

  add(subject: string, { jobs, pictures, faults, violations }: CampaignCounts): void {
    const before = this.#subjects.get(subject) ?? { campaigns: 0, jobs: 0, pictures: 0, violations: [] };
    this.#subjects.set(subject, {
      campaigns: before.campaigns + 1,
      jobs: before.jobs + jobs,
      pictures: before.pictures + pictures,
      violations: [...before.violations, ...violations],
    });
    for (const [fault, count] of faults) {
      const name = `${subject}: ${fault}`;
      this.#faults.set(name, (this.#faults.get(name) ?? 0) + count);
    }
  }

  get violations(): readonly Violation[] {
    return [...this.#subjects.values()].flatMap(({ violations }) => violations);
  }

  render(facts: { readonly minutes: number; readonly seed: number }): string {
    const date = new Date().toISOString().slice(0, 10);
    const machine = `${availableParallelism()} cores, Node ${process.versions.node}, ${date}`;
    const count = (violations: readonly Violation[], kind: ViolationKind) =>
      violations.filter((violation) => violation.kind === kind).length;
    return [
      `${facts.minutes} minutes with seed ${facts.seed}; ${machine}.`,
      "",
      `| | campaigns | jobs accepted | pictures | ${KINDS.join(" | ")} |`,
      `|---|---|---|---|${KINDS.map(() => "---").join("|")}|`,
      ...[...this.#subjects].map(([subject, { campaigns, jobs, pictures, violations }]) =>
        row(subject, ...[campaigns, jobs, pictures, ...KINDS.map((kind) => count(violations, kind))].map(format)),
      ),
      "",
      "| fault | injected |",
      "|---|---|",
      ...[...this.#faults].sort().map(([fault, injected]) => row(fault, format(injected))),
    ].join("\n");
  }
}

function row(...cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function format(count: number): string {
  return count.toLocaleString("en-US");
}
