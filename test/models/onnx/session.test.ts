import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openBundle } from "../../../models/bundle/open.ts";
import { type Feeds, Network } from "../../../models/onnx/session.ts";
import { Tensor, zeros } from "../../../models/tensor/tensor.ts";
import { TINY } from "../../support/models/tiny-bundle.ts";

let network: Network;
let dimensions: number;

beforeAll(async () => {
  const bundle = await openBundle(TINY);
  dimensions = bundle.spec.clip.dimensions;
  const { network: spec } = bundle.spec.decoder;
  network = await Network.open(bundle.path(spec.file), spec, "decoder", { threads: 1 });
});

afterAll(() => network.release());

const feeds = (rows: number): Record<string, Feeds[string]> => ({
  x: zeros([rows, 3, 64, 64]),
  t: zeros([rows]),
  image_embedding: zeros([rows, dimensions]),
});

it.each([1, 2, 3])("runs a batch of %i", async (rows) => {
  const { prediction } = await network.run(feeds(rows));
  expect(prediction?.shape).toEqual([rows, 3, 64, 64]);
});

describe("a wrong feed is refused before the native call, with every fault named", () => {
  it.each([
    ["a missing one", { t: undefined }, /t is missing$/],
    ["a strange one", { speed: zeros([1]) }, /speed is not an input$/],
    ["another size", { x: zeros([1, 3, 32, 32]) }, /x is \[1, 3, 32, 32\], not float32 \[n, 3, 64, 64\] with n = 1$/],
    ["another batch", { t: zeros([2]) }, /t is \[2\], not float32 \[n\] with n = 1$/],
    ["another type", { t: { data: new Int32Array(1), shape: [1] } }, /t is \[1\], not float32 \[n\] with n = 1$/],
    ["two faults", { t: zeros([2]), speed: zeros([1]) }, /speed is not an input; t is \[2\]/],
  ])("%s", async (_, change, message) => {
    const changed = Object.entries({ ...feeds(1), ...change }).filter(([, feed]) => feed !== undefined);
    const run = network.run(Object.fromEntries(changed) as Feeds);
    await expect(run).rejects.toMatchObject({ code: "INTERNAL", message: expect.stringMatching(message) });
    await expect(run).rejects.toThrow(/^decoder: .*decoder\.onnx: /);
  });
});

it.each([Number.NaN, Number.POSITIVE_INFINITY])("an output of %d is refused", async (value) => {
  const image_embedding = new Tensor(new Float32Array(dimensions).fill(value), [1, dimensions]);
  await expect(network.run({ ...feeds(1), image_embedding })).rejects.toMatchObject({
    code: "NUMERIC_FAILURE",
    message: expect.stringMatching(/^decoder: .*decoder\.onnx gave NaN or infinity in prediction$/),
  });
});
