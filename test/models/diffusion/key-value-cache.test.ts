// The prior of Kandinsky's small bundle, whose network caches the caption's keys and values. That its samples are diffusers',
// which caches nothing, is asserted in test/models/family.
import { afterAll, describe, expect, it } from "vitest";
import { encodeText } from "../../../models/clip/encode.ts";
import type { PredictionNetwork } from "../../../models/diffusion/denoiser.ts";
import { Stages } from "../../../models/pipeline/stages.ts";
import { type DiffusionPrior, diffusionPrior } from "../../../models/prior/diffusion-prior.ts";
import { type Tensor, zeros } from "../../../models/tensor/tensor.ts";
import { KANDINSKY } from "../../support/models/family-bundles.ts";
import { distance } from "../../support/models/toy-diffusion.ts";

const stages = await Stages.open(KANDINSKY, { threads: 1 });
const text = await stages.textEncoder();
const prior = (await stages.prior("diffusion")).stage as DiffusionPrior;
const empty = await stages.emptyCaption();
const caption = await encodeText(text, "a red apple on a blue background");
afterAll(() => stages.close());

const LENGTH = stages.bundle.spec.tokenizer.contextLength;
const given = { caption, empty, seed: 5, steps: 4, guidance: 4, sampler: "ddim" } as const;

/** Records how many tokens' keys and values each pass gets and returns, by rows. */
function watched(network: PredictionNetwork) {
  const passes: { rows: number; past: number; present: number }[] = [];
  const run = async (inputs: Readonly<Record<string, Tensor>>) => {
    const outputs = await network.run(inputs);
    const [past, present] = [inputs.past_key_values!, outputs.present_key_values!];
    passes.push({ rows: past.shape[0]!, past: past.shape[3]!, present: present.shape[3]! });
    return outputs;
  };
  return { network: { run }, passes };
}

describe("the cache of keys and values", () => {
  it("computes the caption's tokens in the first step only, for every sample", async () => {
    for (const priorSamples of [1, 3]) {
      const { network, passes } = watched(prior.network);
      await diffusionPrior({ ...prior, network }, { ...given, priorSamples }, {});
      const rows = 2 * priorSamples;
      const later = { rows, past: LENGTH + 1, present: 0 };
      expect(passes).toEqual([{ rows, past: 0, present: LENGTH + 1 }, later, later, later]);
    }
  });

  it("is each half's own where the halves of guidance run apart", async () => {
    const { network, passes } = watched(prior.network);
    const apart = await diffusionPrior({ ...prior, network, halves: "apart" }, { ...given, priorSamples: 2 }, {});
    const [first, later] = [
      { rows: 2, past: 0, present: LENGTH + 1 },
      { rows: 2, past: LENGTH + 1, present: 0 },
    ];
    expect(passes).toEqual([first, first, later, later, later, later, later, later]);
    const together = await diffusionPrior(prior, { ...given, priorSamples: 2 }, {});
    expect(distance(apart, together)).toBeLessThan(1e-5);
  });

  it("gives the same sample as a network that computes every token at every step", async () => {
    const { blocks, width } = prior.keyValues!;
    const none = zeros([4, blocks, 2, 0, width]);
    const uncached: PredictionNetwork = {
      run: (inputs) => prior.network.run({ ...inputs, past_key_values: none }),
    };
    const slow = await diffusionPrior({ ...prior, network: uncached }, { ...given, priorSamples: 2 }, {});
    const fast = await diffusionPrior(prior, { ...given, priorSamples: 2 }, {});
    expect(distance(fast, slow)).toBeLessThan(1e-5);
  });
});
