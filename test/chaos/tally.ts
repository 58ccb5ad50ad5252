// What chaos runs count, and their tables.
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

/** A promise to callers that did not hold. */
export type ViolationKind = "lost" | "doubled" | "torn" | "leased" | "unserved";
export type Violation = { readonly kind: ViolationKind; readonly what: string };

const KINDS: readonly ViolationKind[] = ["lost", "doubled", "torn", "leased", "unserved"];

export type CampaignCounts = {
  readonly jobs: number;
  readonly pictures: number;
  /** Processes that SIGKILL ended, or workers that died within this process. */
  readonly kills: number;
  /** Injected faults by kind. Some kill a server several times. */
  readonly faults: ReadonlyMap<string, number>;
  readonly violations: readonly Violation[];
};

/** A campaign of a run. */
type Entry = {
  /** The run's command. */
  readonly run: string;
  readonly subject: string;
  readonly seconds: number;
  readonly jobs: number;
  readonly pictures: number;
  readonly kills: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly violations: readonly Violation[];
};

export class Tally {
  readonly #entries: Entry[] = [];
  readonly #run: string;
  readonly #log: string | undefined;

  /** `log`: a file of campaigns, one a line. Those of earlier runs count too, and each campaign is appended. */
  constructor(run: string, log?: string) {
    this.#run = run;
    this.#log = log;
    const lines = log !== undefined && existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : [];
    this.#entries.push(...lines.map((line) => JSON.parse(line) as Entry));
  }

  add(subject: string, seconds: number, { faults, ...counts }: CampaignCounts): void {
    const entry: Entry = { run: this.#run, subject, seconds, ...counts, faults: Object.fromEntries(faults) };
    this.#entries.push(entry);
    if (this.#log !== undefined) appendFileSync(this.#log, `${JSON.stringify(entry)}\n`);
  }

  get violations(): readonly Violation[] {
    return this.#entries.flatMap(({ violations }) => violations);
  }

  render(): string {
    const date = new Date().toISOString().slice(0, 10);
    const runs = [...new Set(this.#entries.map(({ run }) => run))];
    const minutes = sum(this.#entries.map(({ seconds }) => seconds)) / 60;
    const faults = groupBy(
      this.#entries.flatMap(({ subject, faults }) =>
        Object.entries(faults).map(([fault, count]) => ({ subject, fault, count })),
      ),
      ({ subject, fault }) => `${subject}: ${fault}`,
    );
    const injected = sum([...faults.values()].flat().map(({ count }) => count));
    const kills = sum(this.#entries.map(({ kills }) => kills));
    return [
      `${Math.round(minutes)} minutes of campaigns on ${availableParallelism()} cores, Node ${process.versions.node}, ${date}: ${format(injected)} faults, ` +
        `${format(kills)} kills. Runs:`,
      "",
      ...runs.map((run) => `- \`${run}\``),
      "",
      `| | campaigns | jobs accepted | pictures | kills | ${KINDS.join(" | ")} |`,
      `|---|---|---|---|---|${KINDS.map(() => "---").join("|")}|`,
      ...Array.from(
        groupBy(this.#entries, ({ subject }) => subject),
        ([subject, entries]) =>
          row(
            subject,
            ...[
              entries.length,
              sum(entries.map(({ jobs }) => jobs)),
              sum(entries.map(({ pictures }) => pictures)),
              sum(entries.map(({ kills }) => kills)),
              ...KINDS.map(
                (kind) => entries.flatMap(({ violations }) => violations).filter((one) => one.kind === kind).length,
              ),
            ].map(format),
          ),
      ),
      "",
      "| fault | injected |",
      "|---|---|",
      ...[...faults].sort().map(([fault, all]) => row(fault, format(sum(all.map(({ count }) => count))))),
    ].join("\n");
  }
}

function groupBy<Item>(items: readonly Item[], key: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

function row(...cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function format(count: number): string {
  return count.toLocaleString("en-US");
}
