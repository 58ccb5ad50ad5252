// The pictures, captions and embeddings that requests are made of, and the options that change an embedding. Pure.
import type { Fields } from "./fields.ts";
import { DEFAULTS, LIMITS } from "./options.ts";

/** A picture, as the bytes of a PNG, JPEG or WebP file, or a caption. */
export type ImageOrPrompt = { readonly image: Uint8Array } | { readonly prompt: string };

/** Something else in the mix of an embedding: a picture, a caption or a CLIP embedding of the model, and its share. */
export type MixItem = (ImageOrPrompt | { readonly embedding: readonly number[] }) & {
  /** Relative to the other weights. Default 1. */
  readonly weight?: number;
};

/** Options that change the embedding z_i that a picture is drawn from. Without them it is the request's own. */
export type EmbeddingOptions = {
  /** What z_i is mixed with, on the sphere of embeddings. */
  readonly mix?: readonly MixItem[];
  /** The share of the request's own caption or picture in the mix. Default 1. */
  readonly weight?: number;
  /** How far z_i is noised: at 0 not at all, at 1 nothing of it is left. Each seed has its own noise. Default 0. */
  readonly embeddingNoise?: number;
  /** A caption that guidance leads away from, in place of the empty one. */
  readonly negativePrompt?: string;
};

/** The names of EmbeddingOptions. */
export const EMBEDDING_OPTIONS = ["mix", "weight", "embeddingNoise", "negativePrompt"];

/** Reads EmbeddingOptions. Throws what `fields` throws. */
export function embeddingOptions(fields: Fields): EmbeddingOptions {
  const mix = fields.maybe("mix", (key) => fields.list(key, LIMITS.mix, (items, item) => mixItem(items.object(item))));
  const weight = fields.maybe("weight", (key) => fields.number(key, LIMITS.weight));
  if (weight !== undefined && mix === undefined) throw fields.wrong("weight", "needs a mix");
  const weights = [weight, ...(mix ?? []).map((item) => item.weight)].map((each) => each ?? DEFAULTS.weight);
  if (weights.every((each) => each === 0)) throw fields.wrong("weight", "must not be 0 when every other weight is");
  return {
    mix,
    weight,
    embeddingNoise: fields.maybe("embeddingNoise", (key) => fields.number(key, LIMITS.embeddingNoise)),
    negativePrompt: fields.maybe("negativePrompt", (key) => fields.text(key, LIMITS.prompt)),
  };
}

const SOURCES = ["image", "prompt", "embedding"];
/** Beyond any embedding, and within float32. */
const COMPONENT = { min: -1e6, max: 1e6 };

function mixItem(fields: Fields): MixItem {
  fields.only([...SOURCES, "weight"]);
  if (SOURCES.filter((key) => fields.has(key)).length !== 1) {
    throw fields.wrong("image", "or a prompt or an embedding must be given, and only one of them");
  }
  const weight = fields.maybe("weight", (key) => fields.number(key, LIMITS.weight));
  const weighted = weight === undefined ? {} : { weight };
  if (fields.has("image")) return { image: fields.bytes("image"), ...weighted };
  if (fields.has("prompt")) return { prompt: fields.text("prompt", LIMITS.prompt), ...weighted };
  // Seven digits are all of a float32, and records of jobs hold no more.
  const embedding = fields.list("embedding", LIMITS.embedding, (items, item) => {
    return Number(items.number(item, COMPONENT).toPrecision(7));
  });
  if (embedding.every((each) => each === 0)) throw fields.wrong("embedding", "must not be zero");
  return { embedding, ...weighted };
}

/** Reads a picture or a caption. Throws what `fields` throws. */
export function imageOrPrompt(fields: Fields): ImageOrPrompt {
  fields.only(["image", "prompt"]);
  if (fields.has("image") === fields.has("prompt"))
    throw fields.wrong("image", "or a prompt must be given, and not both");
  return fields.has("image") ? { image: fields.bytes("image") } : { prompt: fields.text("prompt", LIMITS.prompt) };
}
