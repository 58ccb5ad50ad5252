// The presets of a model that exists in tests only: a decoder, both priors, one upsampler.
import type { Info, PresetInfo } from "../../../models/types.ts";

const preset = (steps: number, samples: number): PresetInfo => ({
  steps,
  inversionSteps: 2 * steps,
  priors: [
    { name: "diffusion", steps, samples },
    { name: "autoregressive", steps: 8, samples },
  ],
  upsamplers: [{ size: 256, steps: 4 }],
});

export const MODEL_PRESETS: Info["presets"] = {
  draft: preset(8, 1),
  standard: preset(16, 8),
  best: preset(40, 8),
};
