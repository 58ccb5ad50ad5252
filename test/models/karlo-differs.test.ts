// Where diffusers computes Karlo incorrectly, and why the engine differs.
import { readFileSync } from "node:fs";
import { afterAll, expect, it } from "vitest";
import { ddpm } from "../../models/diffusion/samplers/ddpm.ts";
import { createSchedule } from "../../models/diffusion/schedule.ts";
import { Stages } from "../../models/pipeline/stages.ts";
import { norm, slerp, Tensor, zeros } from "../../models/tensor/tensor.ts";
import { openUnclip } from "../../models/unclip.ts";
import { KARLO } from "../support/models/karlo-bundle.ts";
import { allPixelsOf } from "../support/models/pixels.ts";

const stages = await Stages.open(KARLO, { threads: 1 });
const engine = await openUnclip(KARLO, { threads: 1 });
afterAll(() => Promise.all([stages.close(), engine.close()]));

it("the exclamation mark is not read as padding", async () => {
  // Karlo's padding token is "!", number 0. transformers looks for such tokens before it cuts words, so that a caption's own
  // "!" loses its end-of-word mark. CLIP was trained on "!</w>".
  const { exclamation } = JSON.parse(readFileSync(new URL("../golden/karlo.json", import.meta.url), "utf8"));
  const { tokens, mask } = (await stages.textEncoder()).tokenizer.encode(exclamation.caption);
  const ours = Array.from(tokens.slice(0, mask.indexOf(0)));
  const ids = JSON.parse(readFileSync(stages.bundle.path("vocab.json"), "utf8"));
  expect(ours.slice(0, -2)).toEqual(exclamation.tokens.slice(0, -2));
  expect(exclamation.tokens.at(-2)).toBe(ids["!"]);
  expect(ours.at(-2)).toBe(ids["!</w>"]);
});

it("multiplies the last x0 by one", async () => {
  // beta / (1 - alpha_bar) at t = 0 is 1. diffusers divides two rounded numbers near 4e-5, so that all its pictures and
  // embeddings come out a little smaller.
  const { lastStep } = JSON.parse(readFileSync(new URL("../golden/karlo.json", import.meta.url), "utf8"));
  const x0 = new Tensor(Float32Array.of(-1, 0.25, 1), [1, 3]);
  const options = {
    schedule: createSchedule({ numTrainTimesteps: 1000, betaSchedule: "squaredcos_cap_v2" }),
    timesteps: [0],
    noise: () => expect.fail("the last step adds no noise"),
  };
  expect((await ddpm(async () => ({ x0 }), zeros([1, 3]), options)).data).toEqual(x0.data);
  expect(lastStep).toBeCloseTo(0.99947, 5);
});

it("rotates along the arc, which the community's interpolation pipelines leave", () => {
  // Their slerp takes the arc cosine of the products number by number, without adding them up to a dot product. Unit vectors
  // of many dimensions have small products, so every angle is about 90 degrees, and the middle becomes too long.
  const cosine = 0.59;
  const [a, b] = unitPair(768, cosine);
  const theirs = new Tensor(
    a.data.map((value, i) => {
      const angle = Math.acos(value * b.data[i]!);
      return (Math.sin(angle / 2) * value + Math.sin(angle / 2) * b.data[i]!) / Math.sin(angle);
    }),
    a.shape,
  );
  expect(norm(theirs)).toBeCloseTo(1.26, 2);
  expect(norm(slerp(a, b, 0.5))).toBeCloseTo(1, 6);
});

it("draws the same frame from the same end", async () => {
  // diffusers' interpolations draw new noise for each frame at every step, so that even a path from a caption to itself
  // flickers. Here all frames of a row share their noise.
  const end = { prompt: "a red apple" };
  const frames = await engine.interpolate({
    between: [end, end],
    frames: 3,
    size: 64,
    seed: 3,
    steps: 3,
    priorSteps: 3,
  });
  expect(new Set(allPixelsOf(frames)).size).toBe(1);
});

/** Two unit vectors (1, d) at an angle, spread over all dimensions. */
function unitPair(dimensions: number, cosine: number): [Tensor, Tensor] {
  const side = 1 / Math.sqrt(dimensions);
  const sine = Math.sqrt(1 - cosine ** 2);
  const a = new Tensor(new Float32Array(dimensions).fill(side), [1, dimensions]);
  const b = a.data.map((value, i) => cosine * value + sine * side * (i % 2 === 0 ? 1 : -1));
  return [a, new Tensor(b, a.shape)];
}
