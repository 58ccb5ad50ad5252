// `tokenizer`, `clip` and every other text encoder in bundle.json.
import { AT_LEAST_ONE, AT_LEAST_ZERO, type Fields } from "../fields.ts";
import { type Expected, type FileOf, float, int, type NetworkSpec, readLength, readNetwork } from "./networks.ts";

/**
 * "clip": as CLIP's own code, for models that were trained with it. "visible": also without characters that cannot be seen and
 * with one kind of dash, so that captions that look alike are read alike.
 */
const CLEANINGS = ["clip", "visible"] as const;
export type Cleaning = (typeof CLEANINGS)[number];

export type TokenizerSpec = {
  readonly vocab: string;
  readonly merges: string;
  readonly contextLength: number;
  readonly padId: number;
  readonly clean: Cleaning;
  /** A file with the words of the training captions, one a line. */
  readonly words?: string | undefined;
  /** A JSON file with the concepts that the model was taught (models/clip/concepts.ts). */
  readonly concepts?: string | undefined;
};

export type ImageEncoderSpec = NetworkSpec & {
  readonly size: number;
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly fit: "squash" | "crop";
};

export type ClipSpec = {
  readonly dimensions: number;
  /** Embeddings have unit length. */
  readonly normalise: boolean;
  readonly logitScale: number;
  /** Without it captions have no embedding: only the decoder may read them. */
  readonly text?: NetworkSpec | undefined;
  /** Without it no request may have a picture, and pictures get no score. */
  readonly image?: ImageEncoderSpec | undefined;
};

/** A text encoder beside CLIP's, with its own tokenizer. */
export type TextEncoderSpec = { readonly tokenizer: TokenizerSpec; readonly network: NetworkSpec };

export function readTokenizer(fields: Fields, file: FileOf): TokenizerSpec {
  fields.only(["vocab", "merges", "contextLength", "padId", "clean", "words", "concepts"]);
  return {
    vocab: file(fields, "vocab"),
    merges: file(fields, "merges"),
    contextLength: fields.integer("contextLength", AT_LEAST_ONE),
    padId: fields.integer("padId", AT_LEAST_ZERO),
    clean: fields.maybe("clean", (key) => fields.choice(key, CLEANINGS)) ?? "clip",
    words: fields.maybe("words", (key) => file(fields, key)),
    concepts: fields.maybe("concepts", (key) => file(fields, key)),
  };
}

/** `text`: the caption as inputs of a network behind CLIP; none where CLIP reads no captions. */
export function readClip(fields: Fields, length: number, file: FileOf): { clip: ClipSpec; text: Expected } {
  const dimensions = fields.integer("dimensions", AT_LEAST_ONE);
  const text = fields.maybe("text", (key) => readTextNetwork(fields.object(key), { dimensions, length }, file));
  const clip: ClipSpec = {
    dimensions,
    normalise: fields.flag("normalise"),
    logitScale: fields.number("logitScale", AT_LEAST_ZERO),
    text: text?.network,
    image: fields.maybe("image", (key) => readImageEncoder(fields.object(key), dimensions, file)),
  };
  return { clip, text: text?.inputs ?? {} };
}

export function readTextEncoder(fields: Fields, file: FileOf): { encoder: TextEncoderSpec; text: Expected } {
  fields.only(["tokenizer", "network"]);
  const tokenizer = readTokenizer(fields.object("tokenizer"), file);
  const described = fields.object("network");
  const dimensions = readLength(described, "embedding", 2, 1);
  const { network, inputs } = readTextNetwork(described, { dimensions, length: tokenizer.contextLength }, file);
  return { encoder: { tokenizer, network }, text: inputs };
}

/** The width of the text states is the network's own: it is read here and expected everywhere else. */
function readTextNetwork(
  fields: Fields,
  { dimensions, length }: { readonly dimensions: number; readonly length: number },
  file: FileOf,
): { network: NetworkSpec; inputs: Expected } {
  const states = float("n", length, readLength(fields, "states", 3, 2));
  const embedding = float("n", dimensions);
  const network = readNetwork(fields, file, {
    inputs: { tokens: int("n", length) },
    outputs: { embedding, states },
  });
  return { network, inputs: { text_embedding: embedding, text_states: states, text_mask: float("n", length) } };
}

function readImageEncoder(fields: Fields, dimensions: number, file: FileOf): ImageEncoderSpec {
  const size = fields.integer("size", AT_LEAST_ONE);
  const image = float("n", 3, size, size);
  return {
    ...readNetwork(fields, file, { inputs: { image }, outputs: { embedding: float("n", dimensions) } }),
    size,
    mean: fields.numbers("mean", 3),
    std: fields.numbers("std", 3),
    fit: fields.choice("fit", ["squash", "crop"]),
  };
}
