// A short run of what `npm run chaos` does at length, on the adapters of AWS.
import { expect, test } from "vitest";
import { moto, onMoto } from "../../support/aws/moto-resources.ts";
import { awsPorts, createPlace } from "../ports/aws.ts";
import { runPortCampaign } from "../ports/campaign.ts";
import { shortenPolicy } from "../ports/policy.ts";

const PATIENCE_MS = 300_000;

onMoto("the AWS adapters", () => {
  test(
    "keep every promise when calls fail and workers die",
    async () => {
      shortenPolicy();
      const ports = awsPorts(await createPlace(moto!));
      const counts = await runPortCampaign({ ports, seed: 20, jobs: 10, rate: 0.1, workers: 4 });
      expect(counts.violations).toEqual([]);
      expect(counts.pictures).toBeGreaterThan(10);
    },
    PATIENCE_MS,
  );
});
