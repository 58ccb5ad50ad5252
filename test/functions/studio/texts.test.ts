import { expect, test } from "vitest";
import type { JobRequest, Progress } from "../../../functions/studio/api/types.ts";
import { fractionOf, sinceText } from "../../../functions/studio/ui/texts.ts";

const SIZES = [64, 256, 1024];
const at = (size: number, stage: string, pictureIndex: number, step: number) => {
  const progress: Progress = { stage, pictureIndex, pictureCount: 2, step, steps: 4, preview: null };
  return fractionOf({ progress, request: { size } as JobRequest }, SIZES);
};

test("the share of a job that is done grows from stage to stage, and is whole at the end", () => {
  const steps = [
    fractionOf({ progress: null, request: { size: 256 } as JobRequest }, SIZES),
    at(256, "prior", 0, 1),
    at(256, "prior", 1, 4),
    at(256, "decoder", 0, 2),
    at(256, "decoder", 1, 3),
    at(256, "upsampler-256", 0, 1),
    at(256, "upsampler-256", 1, 4),
  ];
  expect(steps).toEqual(steps.toSorted((a, b) => a - b));
  expect([steps[0], steps[2], steps.at(-1)]).toEqual([0, 1 / 3, 1]);
  expect(at(64, "decoder", 1, 4)).toBe(1);
  expect(at(1024, "decoder", 1, 4)).toBe(0.5);
});

test.each([
  [20_000, "just now"],
  [61_000, "1 minute ago"],
  [7_300_000, "2 hours ago"],
  [90_000_000, "yesterday"],
])("%i ms ago is %j", (milliseconds, text) => {
  expect(sinceText("2026-01-02T00:00:00.000Z", Date.parse("2026-01-02T00:00:00.000Z") + milliseconds)).toBe(text);
});
