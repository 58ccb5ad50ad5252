import { expect, test } from "vitest";
import { fractionAt } from "../../../infra/jobs/fraction.ts";
import type { JobEvent, JobRecord } from "../../../infra/jobs/job.ts";
import { createRecord } from "../../support/jobs/records.ts";
import { MODEL } from "../../support/schema/service.ts";

/** The drafts of MODEL: a prior of 8 steps, a decoder of 8 and an upsampler of 4, for each of two pictures. */
const request = { kind: "generate", prompt: "a boat", count: 2, size: 256, seed: 1, preset: "draft" } as const;

/** The fraction after each of the progress events. */
function fractions(...steps: readonly (readonly [stage: string, picture: number, step: number, steps: number])[]) {
  const events = steps.map(([stage, picture, step, total], i): JobEvent => {
    return { type: "PROGRESS", stage, picture, pictures: 2, step, steps: total, seq: i + 1, at: i };
  });
  const record: JobRecord = createRecord({ request, events });
  return events.map(({ seq }) => fractionAt(record, seq, MODEL));
}

test("the fraction counts the denoising steps of all stages and pictures", () => {
  const found = fractions(["prior", 1, 8, 8], ["decoder", 0, 8, 8], ["decoder", 1, 8, 8], ["upsampler-256", 1, 4, 4]);
  expect(found).toEqual([16 / 40, 24 / 40, 32 / 40, 1]);
});

test("a stage that was loaded counts as done once a later one has begun", () => {
  expect(fractions(["decoder", 0, 4, 8])).toEqual([20 / 40]);
});

test("the fraction never gets smaller, whatever another attempt repeats", () => {
  const found = fractions(["decoder", 1, 4, 8], ["prior", 0, 1, 8], ["decoder", 0, 1, 8], ["decoder", 1, 5, 8]);
  expect(found).toEqual([28 / 40, 28 / 40, 28 / 40, 29 / 40]);
});

test("a job without progress has made nothing", () => {
  expect(fractionAt(createRecord({ request }), 1, MODEL)).toBe(0);
});
