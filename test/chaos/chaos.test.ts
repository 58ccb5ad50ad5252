// A short run of what `npm run chaos` does at length.
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildEntries, type Entries } from "./build.ts";
import { runCampaign } from "./local/campaign.ts";
import { FAULTS } from "./local/faults/index.ts";
import { runPortCampaign } from "./ports/campaign.ts";
import { withLocalPorts } from "./ports/local.ts";
import { shortenPolicy } from "./ports/policy.ts";

const PATIENCE_MS = 300_000;
const SEED = 20;

let entries: Entries;

beforeAll(async () => {
  shortenPolicy();
  entries = await buildEntries();
});
afterAll(() => entries.remove());

test(
  "npm start keeps every promise through faults",
  async () => {
    const faults = Object.values(FAULTS).filter(({ unavailable }) => unavailable?.() === undefined);
    const { jobs, violations } = await runCampaign({
      file: entries.server,
      seed: SEED,
      engine: "paced",
      faults,
      count: 3,
      until: Number.POSITIVE_INFINITY,
    });
    expect(violations).toEqual([]);
    expect(jobs).toBeGreaterThan(0);
  },
  PATIENCE_MS,
);

test(
  "the local adapters keep every promise when calls fail and workers die",
  async () => {
    const counts = await withLocalPorts((ports) =>
      runPortCampaign({ ports, seed: SEED, jobs: 40, rate: 0.15, workers: 4 }),
    );
    expect(counts.violations).toEqual([]);
    expect(counts.pictures).toBeGreaterThan(40);
  },
  PATIENCE_MS,
);
