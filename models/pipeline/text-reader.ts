// The tokenizers, the list of words and the concepts of a bundle.
import { readFile } from "node:fs/promises";
import type { TokenizerSpec } from "../bundle/clip.ts";
import type { Bundle } from "../bundle/open.ts";
import { type Concept, emojiNames, parseConcepts } from "../clip/concepts.ts";
import type { TextEncoder } from "../clip/encode.ts";
import { Tokenizer } from "../clip/tokenizer.ts";
import { Vocabulary } from "../clip/vocabulary.ts";

export type TextReader = Pick<TextEncoder, "tokenizer" | "vocabulary" | "emoji"> & {
  readonly concepts: readonly Concept[] | undefined;
  readonly ofDecoder: Tokenizer | undefined;
};

export async function openTextReader(bundle: Bundle): Promise<TextReader> {
  const { tokenizer, decoder } = bundle.spec;
  const read = (file: string) => readFile(bundle.path(file), "utf8");
  const open = async ({ vocab, merges, words: _, concepts: __, ...options }: TokenizerSpec) =>
    Tokenizer.fromFiles(await read(vocab), await read(merges), options);
  const { words, concepts: listed } = tokenizer;
  const concepts = listed === undefined ? undefined : parseConcepts(await read(listed), listed);
  return {
    tokenizer: await open(tokenizer),
    vocabulary: words === undefined ? undefined : new Vocabulary(await read(words), tokenizer.clean),
    concepts,
    emoji: emojiNames(concepts ?? []),
    ofDecoder: decoder.textEncoder && (await open(decoder.textEncoder.tokenizer)),
  };
}
