// What the decoder's network gets beside x and t: z_i, and whatever else the bundle declares as its inputs.
import { type Caption, textConditions } from "../clip/encode.ts";
import type { Conditions } from "../diffusion/conditioned.ts";
import type { StageNetwork } from "../onnx/session-pool.ts";
import { ones, Tensor, zeros } from "../tensor/tensor.ts";
import { addNoise, LEAST_NOISE, type NoiseAugmentation } from "./noise-augmentation.ts";

export type Conditioning = {
  readonly z: Tensor; // z_i (1, D)
  /** Decoders that read text (Karlo's) need one; "" where there is none. */
  readonly caption: Caption | undefined;
  /** Of the noise on z_i; undefined on inverted paths, which have none. */
  readonly seed?: number | undefined;
  /** Of the noise on z_i, where the decoder knows such noise: a timestep. Default: the least. */
  readonly noiseLevel?: number | undefined;
};

/** What stands for nothing in guidance: an embedding (1, D) and the caption "". Without `z` the network has its own embedding. */
export type Unconditional = { readonly z: Tensor | undefined; readonly caption: Caption | undefined };

type Conditioned = {
  readonly network: Pick<StageNetwork, "spec">;
  readonly unconditional: Unconditional;
  readonly noiseAugmentation: NoiseAugmentation | undefined;
};

export function conditionsOf(
  decoder: Conditioned,
  { z, caption, seed, noiseLevel: level = LEAST_NOISE }: Conditioning,
): Conditions {
  const { noiseAugmentation } = decoder;
  const noised = noiseAugmentation ? addNoise(noiseAugmentation, z, { level, seed }) : z;
  return declared(decoder, { image_embedding: noised, image_mask: ones([1]), ...textOf(caption) }, level);
}

export function unconditionalOf(decoder: Conditioned): Conditions {
  const { z, caption } = decoder.unconditional;
  const embedding = z ?? zeros([1, decoder.network.spec.inputs.image_embedding!.shape[1] as number]);
  const mask = z === undefined ? zeros([1]) : ones([1]);
  return declared(decoder, { image_embedding: embedding, image_mask: mask, ...textOf(caption) }, LEAST_NOISE);
}

function textOf(caption: Caption | undefined): Conditions {
  return caption === undefined ? {} : textConditions(caption.ofDecoder ?? caption);
}

/** Only the inputs that the network declares. */
function declared({ network }: Conditioned, conditions: Conditions, level: number): Conditions {
  const all: Conditions = { ...conditions, noise_level: new Tensor(Float32Array.of(level), [1]) };
  return Object.fromEntries(Object.entries(all).filter(([name]) => Object.hasOwn(network.spec.inputs, name)));
}
