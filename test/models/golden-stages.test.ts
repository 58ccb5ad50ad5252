// Every network of the tiny bundle, through ONNX Runtime, against what PyTorch answered for the same input.
import { readFileSync } from "node:fs";
import { expect, it, onTestFinished } from "vitest";
import type { NetworkSpec } from "../../models/bundle/networks.ts";
import { openBundle } from "../../models/bundle/open.ts";
import { type Feeds, Network } from "../../models/onnx/session.ts";
import { sizeOf, Tensor } from "../../models/tensor/tensor.ts";
import { TINY } from "../support/models/tiny-bundle.ts";

type Listed = { shape: number[]; dtype: "float32" | "int32"; values: number[] };
type Wave = { shape: number[]; frequency: number; phase: number };
type Sampled = { shape: number[]; stride: number; values: number[] };
type Case = { inputs: Record<string, Listed | Wave>; outputs: Record<string, Sampled> };

// Made by models/training/golden/stages.py, where the forms are explained.
const golden: { networks: Record<string, Case> } = JSON.parse(
  readFileSync(new URL("../golden/stages.json", import.meta.url), "utf8"),
);

/** Relative to the output's largest number: the rounding error of fp32 over a whole network. */
const TOLERANCE = 1e-4;

const bundle = await openBundle(TINY);
const { clip, prior, decoder, upsamplers } = bundle.spec;
const networks: Record<string, NetworkSpec> = {
  "clip-text": clip.text!,
  "clip-image": clip.image!,
  "prior-diffusion": prior.diffusion!.network,
  "prior-autoregressive": prior.autoregressive!.network,
  decoder: decoder.network,
  ...Object.fromEntries(upsamplers.map(({ to, network }) => [`upsampler-${to}`, network])),
};

it("golden numbers cover every network", () => {
  expect(Object.keys(golden.networks).sort()).toEqual(Object.keys(networks).sort());
});

it.each(Object.entries(golden.networks))("%s computes the same as in PyTorch", async (stage, { inputs, outputs }) => {
  const spec = networks[stage]!;
  const network = await Network.open(bundle.path(spec.file), spec, stage, { threads: 1 });
  onTestFinished(() => network.release());
  const feeds = Object.entries(inputs).map(([name, input]) => [name, feed(input)]);
  const made = await network.run(Object.fromEntries(feeds) as Feeds);
  expect(Object.keys(made).sort()).toEqual(Object.keys(outputs).sort());
  for (const [name, { shape, stride, values }] of Object.entries(outputs)) {
    const { data, shape: got } = made[name]!;
    expect(got).toEqual(shape);
    expect(values).toHaveLength(Math.ceil(data.length / stride));
    const largest = Math.max(1, ...values.map(Math.abs));
    const error = Math.max(...values.map((value, i) => Math.abs(value - data[i * stride]!)));
    expect(error / largest, name).toBeLessThan(TOLERANCE);
    // A network whose weights were lost answers something flat, and would be near anything small.
    expect(Math.max(...values) - Math.min(...values), name).toBeGreaterThan(100 * TOLERANCE);
  }
});

function feed(input: Listed | Wave): Feeds[string] {
  const { shape } = input;
  if ("frequency" in input) {
    const wave = (_: unknown, i: number) => Math.sin(input.frequency * i + input.phase);
    return new Tensor(Float32Array.from({ length: sizeOf(shape) }, wave), shape);
  }
  return input.dtype === "int32"
    ? { data: Int32Array.from(input.values), shape }
    : new Tensor(Float32Array.from(input.values), shape);
}
