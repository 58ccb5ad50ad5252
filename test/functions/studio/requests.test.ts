import { describe, expect, test } from "vitest";
import type { JobRequest, Picture } from "../../../functions/studio/api/types.ts";
import { submissionOf, titleOf, upscale } from "../../../functions/studio/state/requests.ts";

const drawing = { size: 256, seed: 7, preset: "DRAFT" } as const;
const image = { __typename: "Picture", id: "job-0", url: "/x" };
const generated: JobRequest = { __typename: "GenerateRequest", ...drawing, prompt: "a red apple", count: 4 };
const varied: JobRequest = { __typename: "VariationsRequest", ...drawing, image, strength: 0.5, count: 4 };
const edited: JobRequest = {
  __typename: "ManipulateRequest",
  ...drawing,
  image,
  from: null,
  to: "a green apple",
  amount: 0.25,
  frames: 1,
};
const blended: JobRequest = {
  __typename: "InterpolateRequest",
  ...drawing,
  between: [
    { image, prompt: null },
    { image: null, prompt: "a frog" },
  ],
  frames: 8,
  animate: "WEBP",
};
const picture = { id: "job-2", index: 2, size: 256, seed: 9 } as Picture;
const SIZES = [64, 256, 1024, 2048];

describe("a request of the history", () => {
  test("is sent again with the seed that it was drawn with", () => {
    expect(submissionOf(generated)).toEqual({
      verb: "generate",
      input: { prompt: "a red apple", count: 4, ...drawing },
    });
    expect(submissionOf(varied).input).toEqual({ image: "job-0", strength: 0.5, count: 4, ...drawing });
    expect(submissionOf(edited).input).toEqual({
      image: "job-0",
      to: "a green apple",
      amount: 0.25,
      frames: 1,
      ...drawing,
    });
    expect(submissionOf(blended).input).toMatchObject({
      between: [{ image: "job-0" }, { prompt: "a frog" }],
      frames: 8,
    });
  });

  test("has its other options too", () => {
    const rich = {
      ...generated,
      steps: 12,
      sampler: null,
      negativePrompt: "blur",
      mix: [{ image, prompt: null, embedding: null, weight: 2 }],
    };
    expect(submissionOf(rich).input).toEqual({
      prompt: "a red apple",
      count: 4,
      ...drawing,
      steps: 12,
      negativePrompt: "blur",
      mix: [{ image: "job-0", weight: 2 }],
    });
  });

  test("has a title", () => {
    expect([generated, varied, edited, blended].map(titleOf)).toEqual([
      "a red apple",
      "Variations, strength 0.5",
      "Edited to a green apple",
      "picture to a frog",
    ]);
  });
});

describe("upscaling", () => {
  test("draws the same picture at the largest size up to 1024 px", () => {
    const input = { ...drawing, prompt: "a red apple", count: 1, seed: 9, size: 1024 };
    expect(upscale({ request: generated }, picture, SIZES)).toEqual({ verb: "generate", input });
    expect(upscale({ request: varied }, picture, SIZES).input).toMatchObject({ seed: 9, count: 1, size: 1024 });
    expect(upscale({ request: edited }, picture, [64, 256]).input).toMatchObject({ to: "a green apple", size: 256 });
  });

  test("reconstructs a frame, which has no request of its own", () => {
    for (const request of [blended, { ...edited, frames: 4 }]) {
      const { verb, input } = upscale({ request }, picture, SIZES);
      expect([verb, input]).toEqual([
        "variations",
        { image: "job-2", strength: 0, count: 1, size: 1024, preset: "DRAFT" },
      ]);
    }
  });
});
