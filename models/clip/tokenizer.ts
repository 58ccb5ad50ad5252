// CLIP's byte-level BPE tokenizer (openai/CLIP, clip/simple_tokenizer.py), reading the Hugging Face form of its files.
// tokenizer.py is the same algorithm and trains vocabularies; test/golden/tokenizer.json tests both against each other.

import type { Cleaning } from "../bundle/clip.ts";
import { UnclipError } from "../errors.ts";
import { clean, words } from "./clean-text.ts";

const START = "<|startoftext|>";
const END = "<|endoftext|>";
const WORD_END = "</w>";

type TokenizerOptions = {
  /** Tokens that the text network reads, start and end included. */
  readonly contextLength: number;
  /** The token that fills the context after the end token. */
  readonly padId: number;
  readonly clean: Cleaning;
};

type Encoded = {
  /** (contextLength) start, the words, end, padding. */
  readonly tokens: Int32Array;
  /** (contextLength) 1 from the start token to the end token, 0 on the padding. */
  readonly mask: Float32Array;
  /** The cleaned text from the first word that did not fit completely; absent when everything fit. */
  readonly truncated?: string;
};

export class Tokenizer {
  readonly contextLength: number;
  readonly padId: number;
  readonly #cleaning: Cleaning;
  readonly #ids: ReadonlyMap<string, number>;
  readonly #ranks: ReadonlyMap<string, number>;

  /** `ids`: symbol to id; `pairs`: the merges in order, each "first second". Throws INVALID_BUNDLE if they disagree. */
  constructor(ids: ReadonlyMap<string, number>, pairs: readonly string[], options: TokenizerOptions) {
    if (options.contextLength < 2) throw invalid("contextLength must leave room for the start and the end token");
    const needed = [START, END, ...BYTES, ...BYTES.map((symbol) => symbol + WORD_END)];
    const made = pairs.map((pair) => pair.replace(" ", ""));
    const missing = [...needed, ...made].find((symbol) => !ids.has(symbol));
    if (missing !== undefined) throw invalid(`the vocabulary has no symbol ${JSON.stringify(missing)}`);
    this.contextLength = options.contextLength;
    this.padId = options.padId;
    this.#cleaning = options.clean;
    this.#ids = ids;
    this.#ranks = new Map(pairs.map((pair, rank) => [pair, rank]));
  }

  /** From the contents of vocab.json (symbol to id) and merges.txt (a version line, then "first second" a line). */
  static fromFiles(vocabJson: string, mergesTxt: string, options: TokenizerOptions): Tokenizer {
    const pairs = mergesTxt.trimEnd().split(/\r?\n/).slice(1);
    const broken = pairs.find((pair) => !/^[^ ]+ [^ ]+$/.test(pair));
    if (broken !== undefined) throw invalid(`the merges hold ${JSON.stringify(broken)}, which is not a pair`);
    return new Tokenizer(parseVocab(vocabJson), pairs, options);
  }

  /** Never throws. A text that is too long is cut; the end token always stays. */
  encode(text: string): Encoded {
    const cleaned = clean(text, this.#cleaning);
    const ids = [this.#id(START)];
    const room = this.contextLength - 1;
    let truncated: string | undefined;
    for (const { word, at } of words(cleaned)) {
      const pieces = this.#merge(word);
      const fitting = pieces.slice(0, room - ids.length);
      ids.push(...fitting);
      if (fitting.length < pieces.length) {
        truncated = cleaned.slice(at);
        break;
      }
    }
    ids.push(this.#id(END));
    const tokens = new Int32Array(this.contextLength).fill(this.padId);
    tokens.set(ids);
    const mask = new Float32Array(this.contextLength).fill(1, 0, ids.length);
    return truncated === undefined ? { tokens, mask } : { tokens, mask, truncated };
  }

  /** Merges the pair of lowest rank, everywhere in the word, until no pair has a rank. */
  #merge(word: string): number[] {
    let symbols = spell(word);
    for (;;) {
      let best: number | undefined;
      for (let i = 1; i < symbols.length; i++) {
        const rank = this.#rank(symbols, i);
        if (rank !== undefined && (best === undefined || rank < best)) best = rank;
      }
      if (best === undefined) return symbols.map((symbol) => this.#id(symbol));
      const joined: string[] = [];
      for (let i = 0; i < symbols.length; i++) {
        const pair = this.#rank(symbols, i + 1) === best;
        joined.push(pair ? symbols[i]! + symbols[i + 1]! : symbols[i]!);
        if (pair) i++;
      }
      symbols = joined;
    }
  }

  /** The rank of the pair whose second symbol is number i. */
  #rank(symbols: readonly string[], i: number): number | undefined {
    return this.#ranks.get(`${symbols[i - 1]} ${symbols[i]}`);
  }

  /** The constructor has checked that every symbol a merge can make has an id. */
  #id(symbol: string): number {
    return this.#ids.get(symbol)!;
  }
}

/** A visible character for each of the 256 bytes: printable Latin-1 stands for itself, the others begin at U+0100. */
const BYTES: readonly string[] = bytesToUnicode();

function bytesToUnicode(): string[] {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte !== 0xad);
    return String.fromCharCode(printable ? byte : next++);
  });
}

/** A word as its UTF-8 bytes, the last one marked as the word's end. */
function spell(word: string): string[] {
  const symbols = Array.from(new TextEncoder().encode(word), (byte) => BYTES[byte]!);
  symbols[symbols.length - 1] += WORD_END;
  return symbols;
}

function parseVocab(json: string): Map<string, number> {
  let vocab: unknown;
  try {
    vocab = JSON.parse(json);
  } catch (cause) {
    throw invalid("the vocabulary is not JSON", cause);
  }
  if (typeof vocab !== "object" || vocab === null || Array.isArray(vocab)) {
    throw invalid("the vocabulary must be an object of symbols and ids");
  }
  const ids = new Map<string, number>();
  for (const [symbol, id] of Object.entries(vocab)) {
    if (!Number.isInteger(id) || id < 0) throw invalid(`the id of ${JSON.stringify(symbol)} must be a whole number`);
    ids.set(symbol, id);
  }
  return ids;
}

function invalid(problem: string, cause?: unknown): UnclipError {
  return new UnclipError("INVALID_BUNDLE", `tokenizer: ${problem}`, { field: "tokenizer", cause });
}
