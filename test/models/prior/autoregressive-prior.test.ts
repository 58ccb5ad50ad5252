import { describe, expect, it } from "vitest";
import type { Caption } from "../../../models/clip/encode.ts";
import { UnclipError } from "../../../models/errors.ts";
import type { Feeds, Ids } from "../../../models/onnx/session.ts";
import { type AutoregressivePrior, autoregressivePrior } from "../../../models/prior/autoregressive-prior.ts";
import { Pca, Quantiser } from "../../../models/prior/pca.ts";
import { Tensor } from "../../../models/tensor/tensor.ts";

const tensor = (values: number[], shape = [values.length]) => new Tensor(Float32Array.from(values), shape);
const caption = (sign: number): Caption => ({
  text: "",
  named: "",
  reading: { unknown: [], leavesOut: false, isEmpty: false },
  embedding: tensor([sign, 0, 0], [1, 3]),
  states: tensor([0], [1, 1, 1]),
  mask: tensor([1], [1, 1]),
});

/** Three coefficients on the axes, four buckets with the centres -3, -1, 1, 3. */
const K = 3;
const B = 4;
const CENTRES = [-3, -1, 1, 3];

type Row = (codes: readonly number[], given: boolean) => number[][];

/** A prior whose network answers `row` for each row of the batch: logits (K, B). */
function priorOf(row: Row, fed: Feeds[] = []): AutoregressivePrior {
  const run = async (feeds: Feeds) => {
    fed.push(feeds);
    const { data: codes, shape } = feeds.codes as Ids;
    const rows = shape[0]!;
    const logits = Array.from({ length: rows }, (_, n) =>
      row([...codes.subarray(n * K, (n + 1) * K)], (feeds.text_embedding as Tensor).data[n * 3]! > 0),
    );
    return { logits: tensor(logits.flat(2), [rows, K, B]) };
  };
  return {
    network: { run },
    coefficients: K,
    buckets: B,
    dotBuckets: 10,
    dotQuantiles: Float32Array.from({ length: 101 }, (_, i) => i / 100),
    pca: new Pca(tensor([0, 0, 0]), tensor([1, 0, 0, 0, 1, 0, 0, 0, 1], [3, 3])),
    quantiser: new Quantiser(tensor([-4, -4, -4]), tensor([4, 4, 4]), B),
    normalise: false,
  };
}

const inputs = { caption: caption(1), empty: caption(-1), guidance: 1, temperature: 1, priorSamples: 1, seed: 5 };
const sure = (bucket: number) => Array.from({ length: B }, (_, b) => (b === bucket ? 100 : 0));

it("samples code i from row i of the logits, given the codes before it", async () => {
  // Each code is one more than the one before.
  const prior = priorOf((codes) => [sure(1), sure(codes[0]! + 1), sure(codes[1]! + 1)]);
  const z = await autoregressivePrior(prior, inputs, {});
  expect([...z.data]).toEqual([CENTRES[1], CENTRES[2], CENTRES[3]]);
  expect(z.shape).toEqual([1, 3]);
});

it("guidance acts on the logits, away from the empty caption, in one pass", async () => {
  const fed: Feeds[] = [];
  const logits = (given: boolean) => (given ? [0, 30, 20, 0] : [0, 30, 0, 0]);
  const prior = priorOf((_, given) => [logits(given), logits(given), logits(given)], fed);
  expect((await autoregressivePrior(prior, inputs, {})).data[0]).toBe(CENTRES[1]);
  // 3 (20 - 0) = 60 against 30 + 3 (30 - 30) = 30.
  expect((await autoregressivePrior(prior, { ...inputs, guidance: 3 }, {})).data[0]).toBe(CENTRES[2]);
  expect(fed.map(({ codes }) => codes!.shape[0])).toEqual([1, 1, 1, 2, 2, 2]);
});

describe("sampling", () => {
  const even = priorOf(() => [
    [0, Math.log(3), Number.NEGATIVE_INFINITY, 0],
    [0, 0, 0, 0],
    [0, 0, 0, 0],
  ]);

  it("follows softmax(logits / temperature)", async () => {
    const counts = new Map<number, number>();
    for (let seed = 0; seed < 2000; seed++) {
      const [code] = (await autoregressivePrior(even, { ...inputs, seed }, {})).data;
      counts.set(code!, (counts.get(code!) ?? 0) + 1);
    }
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual([-3, -1, 3]);
    expect(counts.get(-1)! / 2000).toBeCloseTo(3 / 5, 1);
    expect(counts.get(3)! / 2000).toBeCloseTo(1 / 5, 1);
  });

  it("takes the likeliest code at a low temperature", async () => {
    for (let seed = 0; seed < 50; seed++) {
      const [code] = (await autoregressivePrior(even, { ...inputs, seed, temperature: 0.02 }, {})).data;
      expect(code).toBe(-1);
    }
  });

  it("uses a dot product from the top half of its distribution", async () => {
    const fed: Feeds[] = [];
    const prior = priorOf(() => [sure(0), sure(0), sure(0)], fed);
    for (let seed = 0; seed < 100; seed++) await autoregressivePrior(prior, { ...inputs, seed }, {});
    const dots = new Set(fed.map(({ dot }) => (dot as Ids).data[0]));
    expect([...dots].sort()).toEqual([5, 6, 7, 8, 9]);
  });
});

it("a cancellation stops before the next code", async () => {
  const controller = new AbortController();
  const fed: Feeds[] = [];
  const run = { signal: controller.signal, onStep: () => controller.abort() };
  const call = autoregressivePrior(
    priorOf(() => [sure(0), sure(0), sure(0)], fed),
    inputs,
    run,
  );
  await expect(call).rejects.toBeInstanceOf(UnclipError);
  expect(fed).toHaveLength(1);
});
