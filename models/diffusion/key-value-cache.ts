// The keys and values of a causal network's conditions, which are the same at every step: computed in the first, reused after it.
import { type Tensor, zeros } from "../tensor/tensor.ts";
import type { PredictionNetwork } from "./denoiser.ts";

/** Of one row: keys and values of `width` numbers for each token in each transformer block. */
export type KeyValueShape = { readonly blocks: number; readonly width: number };

/** The network for the steps of one sampling, whose conditions and rows do not change. */
export function withKeyValueCache(network: PredictionNetwork, { blocks, width }: KeyValueShape): PredictionNetwork {
  let cache: Tensor | undefined; // (n, blocks, 2, tokens, width)
  return {
    async run(inputs) {
      const past_key_values = cache ?? zeros([inputs.x!.shape[0]!, blocks, 2, 0, width]);
      const { prediction, present_key_values } = await network.run({ ...inputs, past_key_values });
      cache ??= present_key_values!;
      return { prediction: prediction! };
    },
  };
}
