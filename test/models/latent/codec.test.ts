// The autoencoder of the bundle of latents, whose matrix has orthonormal rows, and what the engine adds to z_i.
import { afterAll, describe, expect, it } from "vitest";
import { addNoise, LEAST_NOISE } from "../../../models/decoder/noise-augmentation.ts";
import { createSchedule } from "../../../models/diffusion/schedule.ts";
import { PICTURES } from "../../../models/latent/codec.ts";
import { Stages } from "../../../models/pipeline/stages.ts";
import { Random } from "../../../models/tensor/random.ts";
import { linear, scale, Tensor } from "../../../models/tensor/tensor.ts";
import { LATENT } from "../../support/models/latent-bundle.ts";

const stages = await Stages.open(LATENT, { threads: 1 });
afterAll(() => stages.close());

const largest = (a: Tensor, b: Tensor) => linear(1, a, -1, b).data.reduce((most, v) => Math.max(most, Math.abs(v)), 0);

describe("an autoencoder", () => {
  it.each([64, 96, 128])("brings latents of %i px to pictures and back", async (size) => {
    const { codec, shape } = await stages.decoder(size);
    expect(shape).toEqual([1, 4, size / 8, size / 8]);
    const x0 = scale(0.2, new Random(1, "test").normal(shape));
    const picture = await codec.decode(x0);
    expect(picture.shape).toEqual([1, 3, size, size]);
    expect(largest(await codec.encode(picture), x0)).toBeLessThan(1e-5);
  });

  it("scales its latents: the decoder denoises scalingFactor times them", async () => {
    const { codec } = await stages.decoder(64);
    const white = new Tensor(new Float32Array(3 * 64 * 64).fill(1), [1, 3, 64, 64]);
    const x0 = await codec.encode(white);
    // The mean colour times 8, times the scaling factor of 0.25: the range that the bundle declares.
    expect(x0.data.slice(0, 3 * 64)).toEqual(new Float32Array(3 * 64).fill(codec.range));
    expect(await codec.decode(x0)).toEqual(white);
  });

  it("gives pictures within -1 to 1", async () => {
    const { codec, shape } = await stages.decoder(64);
    const { data } = await codec.decode(scale(10, new Random(1, "test").normal(shape)));
    expect([Math.min(...data), Math.max(...data)]).toEqual([-1, 1]);
  });
});

it("pictures are their own latents, clamped", async () => {
  const x0 = new Tensor(Float32Array.of(-1.5, 0.5, 1.5), [1, 3, 1, 1]);
  expect(await PICTURES.encode(x0)).toBe(x0);
  expect((await PICTURES.decode(x0)).data).toEqual(Float32Array.of(-1, 0.5, 1));
});

describe("noise on an embedding", () => {
  const wide = 2000;
  const filled = (value: number, shape: readonly number[]) => new Tensor(new Float32Array(wide).fill(value), shape);
  const schedule = createSchedule({ numTrainTimesteps: 1000, betaSchedule: "squaredcos_cap_v2" });
  const augmentation = { schedule, mean: filled(0.5, [wide]), std: filled(2, [wide]) };
  const z = filled(4.5, [1, wide]);

  it("has the deviation of its level, in whitened space, around what is left of the embedding", () => {
    const level = 500;
    const { data } = addNoise(augmentation, z, { level, seed: 3 });
    const mean = data.reduce((sum, v) => sum + v, 0) / wide;
    const deviation = Math.sqrt(data.reduce((sum, v) => sum + (v - mean) ** 2, 0) / wide);
    expect(Math.abs(mean - (0.5 + schedule.alpha(level) * 4))).toBeLessThan(0.15);
    expect(deviation / (2 * schedule.sigma(level))).toBeCloseTo(1, 1);
  });

  it("comes from the seed, and is left out without one", () => {
    const noised = (seed: number | undefined) => addNoise(augmentation, z, { level: LEAST_NOISE, seed });
    expect(noised(3)).toEqual(noised(3));
    expect(noised(3)).not.toEqual(noised(4));
    expect(noised(undefined).data).toEqual(z.data.map((value) => 0.5 + schedule.alpha(0) * (value - 0.5)));
  });
});
