// CLIP maps captions and pictures into one space (paper 2; Radford et al. 2021).
import type { ImageEncoderSpec } from "../bundle/clip.ts";
import type { Conditions } from "../diffusion/conditioned.ts";
import type { StageNetwork } from "../onnx/session-pool.ts";
import { assertFinite, projectToClipSpace } from "../run.ts";
import { resize } from "../tensor/resize.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { Tokenizer } from "./tokenizer.ts";
import type { Reading, Vocabulary } from "./vocabulary.ts";

export type TextEncoder = {
  readonly network: StageNetwork;
  /** Embeddings have unit length. */
  readonly normalise: boolean;
  readonly tokenizer: Tokenizer;
  /** Undefined when the bundle has no list of words. */
  readonly vocabulary: Vocabulary | undefined;
};
export type ImageEncoder = {
  readonly network: StageNetwork;
  readonly normalise: boolean;
  readonly spec: Pick<ImageEncoderSpec, "size" | "mean" | "std">;
};

/** A caption as the prior and the decoder read it. */
export type Caption = {
  readonly text: string;
  readonly embedding: Tensor; // z_t (1, D)
  readonly states: Tensor; // (1, L, W)
  readonly mask: Tensor; // (1, L), 1 on real tokens
  /** The end of the text that does not fit into the context. */
  readonly truncated?: string | undefined;
  /** The words that the model does not know; none when the bundle has no list of words. */
  readonly reading: Pick<Reading, "unknown" | "leavesOut" | "isEmpty">;
};

/** Never fails on a text. Throws NUMERIC_FAILURE, INTERNAL. */
export async function encodeText(
  { network, normalise, tokenizer, vocabulary }: TextEncoder,
  text: string,
): Promise<Caption> {
  const read = vocabulary?.read(text);
  const { tokens, mask, truncated } = tokenizer.encode(read?.text ?? text);
  // Without a list of words, a caption is empty when nothing lies between the start and the end token.
  const reading = read ?? { unknown: [], leavesOut: false, isEmpty: mask[2] === 0 || mask.length === 2 };
  const { embedding, states } = await network.run({ tokens: { data: tokens, shape: [1, tokens.length] } });
  return {
    text,
    embedding: projectToClipSpace("clip-text", embedding!, normalise),
    states: assertFinite("clip-text", states!),
    mask: new Tensor(mask, [1, mask.length]),
    truncated,
    reading,
  };
}

/** picture (1, 3, S, S) in [-1, 1], of any size -> z_i (1, D). */
export async function encodeImage({ spec, normalise, network }: ImageEncoder, picture: Tensor): Promise<Tensor> {
  const { size, mean, std } = spec;
  const { data, shape } = picture.shape[2] === size ? picture : resize(picture, size, size);
  const plane = size * size;
  const image = data.map((value, index) => {
    const channel = Math.floor(index / plane);
    return ((value + 1) / 2 - mean[channel]!) / std[channel]!;
  });
  const { embedding } = await network.run({ image: new Tensor(image, shape) });
  return projectToClipSpace("clip-image", embedding!, normalise);
}

/** The caption as inputs of the prior and of decoders that read text. */
export function textConditions({ embedding, states, mask }: Caption): Conditions {
  return { text_embedding: embedding, text_states: states, text_mask: mask };
}
