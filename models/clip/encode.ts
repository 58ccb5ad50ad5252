// CLIP maps captions and pictures into one space (paper 2; Radford et al. 2021).
import type { ImageEncoderSpec } from "../bundle/clip.ts";
import type { Conditions } from "../diffusion/conditioned.ts";
import type { StageNetwork } from "../onnx/session-pool.ts";
import { assertFinite, projectToClipSpace } from "../run.ts";
import { resize } from "../tensor/resize.ts";
import { Tensor, zeros } from "../tensor/tensor.ts";
import { nameEmoji } from "./concepts.ts";
import type { Tokenizer } from "./tokenizer.ts";
import type { Reading, Vocabulary } from "./vocabulary.ts";

export type TextEncoder = {
  /** Undefined where CLIP reads no captions: their embedding is zero then, and no stage uses it. */
  readonly network: StageNetwork | undefined;
  /** Width of an embedding. */
  readonly dimensions: number;
  /** Embeddings have unit length. */
  readonly normalise: boolean;
  readonly tokenizer: Tokenizer;
  /** Undefined when the bundle has no list of words. */
  readonly vocabulary: Vocabulary | undefined;
  /** Emoji and the names that are read in their place. */
  readonly emoji: ReadonlyMap<string, string>;
  /** The text encoder that only the decoder reads; undefined: it reads CLIP's. */
  readonly ofDecoder?: { readonly network: StageNetwork; readonly tokenizer: Tokenizer } | undefined;
};
export type ImageEncoder = {
  readonly network: StageNetwork;
  readonly normalise: boolean;
  readonly spec: Pick<ImageEncoderSpec, "size" | "mean" | "std">;
};

/** A text as networks read it. */
type EncodedText = {
  readonly embedding: Tensor; // z_t (1, D)
  readonly states: Tensor; // (1, L, W)
  readonly mask: Tensor; // (1, L), 1 on real tokens
};

/** A caption as the prior and the decoder read it. */
export type Caption = EncodedText & {
  readonly text: string;
  /** The text with names in place of emoji. */
  readonly named: string;
  /** As the decoder's own text encoder reads it; undefined where there is none. */
  readonly ofDecoder?: EncodedText | undefined;
  /** The end of the text that does not fit into the context. */
  readonly truncated?: string | undefined;
  /** The words that the model does not know; none when the bundle has no list of words. */
  readonly reading: Pick<Reading, "unknown" | "leavesOut" | "isEmpty">;
};

/** Never fails on a text. Throws NUMERIC_FAILURE, INTERNAL. */
export async function encodeText(
  { network, tokenizer, normalise, dimensions, vocabulary, emoji, ofDecoder }: TextEncoder,
  text: string,
): Promise<Caption> {
  const named = nameEmoji(text, emoji);
  const read = vocabulary?.read(named);
  const words = read?.text ?? named;
  const tokenized = tokenizer.encode(words);
  const { mask, truncated } = tokenized;
  // Without a list of words, a caption is empty when nothing lies between the start and the end token.
  const reading = read ?? { unknown: [], leavesOut: false, isEmpty: mask[2] === 0 || mask.length === 2 };
  const encoded = network ? await run(network, tokenized) : nothing(dimensions, mask);
  return {
    text,
    named,
    ...encoded,
    embedding: network ? projectToClipSpace("clip-text", encoded.embedding, normalise) : encoded.embedding,
    truncated,
    reading,
    ofDecoder: ofDecoder && (await run(ofDecoder.network, ofDecoder.tokenizer.encode(words))),
  };
}

type Tokens = Pick<ReturnType<Tokenizer["encode"]>, "tokens" | "mask">;

async function run(network: StageNetwork, { tokens, mask }: Tokens): Promise<EncodedText> {
  const { embedding, states } = await network.run({ tokens: { data: tokens, shape: [1, tokens.length] } });
  return {
    embedding: embedding!,
    states: assertFinite("clip-text", states!),
    mask: new Tensor(mask, [1, mask.length]),
  };
}

function nothing(dimensions: number, mask: Float32Array): EncodedText {
  return { embedding: zeros([1, dimensions]), states: zeros([1, 0]), mask: new Tensor(mask, [1, mask.length]) };
}

/** The caption that stands for none where a network has its own embedding for that: zeros, with an empty mask. */
export function noCaption({ embedding, states, mask, ...others }: Caption): Caption {
  const nothing = { embedding: zeros(embedding.shape), states: zeros(states.shape), mask: zeros(mask.shape) };
  return { ...others, ...nothing };
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
export function textConditions({ embedding, states, mask }: EncodedText): Conditions {
  return { text_embedding: embedding, text_states: states, text_mask: mask };
}
