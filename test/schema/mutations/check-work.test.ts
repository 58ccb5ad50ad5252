// The limit on a job's work: the model's own presets price what a request leaves out.
import { expect, test } from "vitest";
import { parseGenerate } from "../../../models/request.ts";
import { checkWork } from "../../../schema/mutations/parse-input.ts";
import { MODEL } from "../../support/schema/service.ts";

const generate = (input: object) =>
  ({ kind: "generate", size: 256, ...parseGenerate({ prompt: "a", ...input }), mix: undefined }) as const;

test("counts every sample of the prior for every picture", () => {
  const request = generate({ count: 16, priorSamples: 12, priorSteps: 250 });
  expect(() => checkWork(request, [MODEL], 4_000)).toThrow(
    '"count" asks for 48320 denoising steps with 16 pictures; one job may have 4000',
  );
  expect(() => checkWork(request, [MODEL], 48_320)).not.toThrow();
});

test("is what the most expensive model would do", () => {
  const request = generate({ size: 64, priorSamples: 1, priorSteps: 2, steps: 10 });
  expect(() => checkWork(request, [MODEL], 12)).not.toThrow();
  expect(() => checkWork(request, [MODEL, { ...MODEL, scenes: true }], 12)).toThrow("asks for 24 denoising steps");
});
