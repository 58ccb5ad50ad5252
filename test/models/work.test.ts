// The price of a request equals the work: every denoising step that the engine reports, each sample of the prior counted.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { createInfo } from "../../models/bundle/info.ts";
import { readSpec } from "../../models/bundle/open.ts";
import { parseGenerate, parseInterpolate } from "../../models/request.ts";
import type { Progress } from "../../models/types.ts";
import { openUnclip } from "../../models/unclip.ts";
import { type PricedRequest, samplesPerThing, workOf } from "../../models/work.ts";
import { SCENES } from "../support/models/scenes.ts";
import { copyOfTiny, TINY } from "../support/models/tiny-bundle.ts";

const PICTO = new URL("../../models/bundles/picto", import.meta.url).pathname;
const quick = { preset: "draft", size: 64, seed: 7, steps: 3 } as const;

/** Steps that the engine reports, where each of the prior's stands for `samples`. */
async function stepsOf(act: (onProgress: (progress: Progress) => void) => Promise<unknown>, samples: number) {
  let steps = 0;
  await act(({ stage }) => {
    steps += stage === "prior" ? samples : 1;
  });
  return steps;
}

const image = await (async () => {
  const engine = await openUnclip(TINY);
  const { pictures } = await engine.generate({ ...quick, prompt: "a cat" });
  await engine.close();
  return pictures[0]!.png;
})();

const REQUESTS: readonly [verb: "generate" | "variations" | "interpolate" | "manipulate" | "reconstruct", object][] = [
  ["generate", { prompt: "a cat" }],
  ["generate", { prompt: "a cat", count: 3, priorSamples: 5, priorSteps: 4, size: 256 }],
  ["generate", { prompt: "a cat", preset: "standard", steps: undefined, size: 1024 }],
  ["generate", { prompt: "a cat", count: 2, prior: "autoregressive", priorSamples: 2 }],
  ["generate", { prompt: "a cat", count: 2, negativePrompt: "a dog", priorSamples: 3 }],
  ["generate", { prompt: "a cat", mix: [{ prompt: "a dog" }, { image }, { prompt: "a bird", weight: 0 }], count: 2 }],
  ["variations", { image }],
  ["variations", { image, count: 2, negativePrompt: "a dog", mix: [{ prompt: "a cat" }] }],
  ["variations", { image, count: 2, size: 256 }],
  ["interpolate", { between: [{ image }, { prompt: "a cat" }, { prompt: "a dog" }], frames: 4, priorSamples: 3 }],
  ["interpolate", { between: [{ image }, { image }], frames: 2 }],
  ["manipulate", { image, to: "a dog", frames: 3, size: 256 }],
  ["reconstruct", { image, dimensions: [1, 2] }],
];

/** The picture's bytes stay out of the test's name. */
const titleOf = (fields: object) => JSON.stringify(fields, (_, value) => (value === image ? "image" : value));

describe("a request is priced as the steps that the engine makes", () => {
  it.each(REQUESTS.map(([verb, fields]) => [verb, titleOf(fields), fields] as const))(
    "%s %s",
    { timeout: 60_000 },
    async (verb, _, fields) => {
      const engine = await openUnclip(TINY);
      const request = { ...quick, ...fields } as PricedRequest & { readonly priorSamples?: number };
      const { priors, presets } = engine.info;
      const name = request.prior ?? priors[0];
      const samples =
        request.priorSamples ?? presets[request.preset].priors.find((prior) => prior.name === name)!.samples;
      const call = engine[verb] as (request: object, control: object) => Promise<unknown>;
      const steps = await stepsOf((onProgress) => call.call(engine, request, { onProgress }), samples);
      await engine.close();
      expect(workOf(request, engine.info)).toBe(steps);
    },
  );

  it("counts the inversion steps of the preset where a picture is inverted", { timeout: 60_000 }, async () => {
    const { presets } = JSON.parse(await readFile(path.join(TINY, "bundle.json"), "utf8"));
    const decoder = { ...presets.draft.decoder, inversionSteps: 5 };
    const engine = await openUnclip(
      await copyOfTiny({ presets: { ...presets, draft: { ...presets.draft, decoder } } }),
    );
    const request = { preset: "draft", size: 64, seed: 7, image, count: 2 } as const;
    const steps = await stepsOf((onProgress) => engine.variations(request, { onProgress }), 1);
    await engine.close();
    expect(steps).toBe(3 * 5);
    expect(workOf(request, engine.info)).toBe(steps);
  });

  it("counts both things of a composed scene, and its last pass", { timeout: 60_000 }, async () => {
    const engine = await openUnclip(await copyOfTiny({ scenes: SCENES }));
    const request = { ...quick, prompt: "a cat by a drum", count: 2, priorSamples: 3, priorSteps: 2 };
    const steps = await stepsOf((onProgress) => engine.generate(request, { onProgress }), samplesPerThing(3, 2));
    await engine.close();
    expect(workOf(request, engine.info)).toBe(steps);
    expect(workOf({ ...request, literal: true }, engine.info)).toBe(2 * (3 * 2 + 3));
  });
});

describe("the shipped model's prices", () => {
  it("count the samples and steps of the prior for each picture", async () => {
    const request = parseGenerate({ prompt: "a", count: 16, priorSamples: 12, priorSteps: 250 });
    expect(workOf(request, createInfo(await readSpec(PICTO)))).toBeGreaterThanOrEqual(16 * 12 * 250);
  });

  it("stay within the API's limit for every preset, whatever the number of pictures and the size", async () => {
    const info = createInfo(await readSpec(PICTO));
    const most = { preset: "best", size: 1024 } as const;
    const between = Array.from({ length: 8 }, () => ({ prompt: "a cat" }));
    expect(workOf(parseGenerate({ ...most, prompt: "a cat", count: 16 }), info)).toBe(3_424);
    expect(workOf(parseInterpolate({ ...most, between, frames: 60 }), info)).toBe(2_376);
  });
});
