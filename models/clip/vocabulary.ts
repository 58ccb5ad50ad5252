// The words of a model's training captions. BPE spells out any other word, so a prompt never fails, but the model can only guess
// the meaning of such a word.
import type { Cleaning } from "../bundle/clip.ts";
import { clean, words } from "./clean-text.ts";

const WORD = /^\p{L}+$/u;
/** English plurals: apples, boxes, cherries. */
const PLURALS = [
  ["s", ""],
  ["es", ""],
  ["ies", "y"],
] as const;
/** Limits of a warning's text, which is stored in job records: words, and characters of each. */
const MAX = { words: 8, characters: 24 } as const;

export type Reading = {
  readonly text: string;
  /** The words that are not in the training captions, each once, in order. */
  readonly unknown: readonly string[];
  /** Whether `text` omits them. */
  readonly leavesOut: boolean;
  /** The caption has no word, known or unknown: nothing, or punctuation, numbers and signs. */
  readonly isEmpty: boolean;
};

export class Vocabulary {
  readonly #known: ReadonlySet<string>;
  readonly #cleaning: Cleaning;

  /** One word a line, as the tokenizer splits them. */
  constructor(file: string, cleaning: Cleaning) {
    this.#cleaning = cleaning;
    this.#known = new Set(file.trimEnd().split("\n")); // not "", which would be the singular of "s"
  }

  /** In the order of the file. */
  get words(): readonly string[] {
    return [...this.#known];
  }

  /**
   * The caption as the model reads it. Unknown words are left out, since guessing one spoils the rest (docs/reports/model-card.md,
   * "In other words"), and an unknown plural becomes its singular. A caption without any known word stays as it is. Punctuation
   * and numbers count as neither known nor unknown.
   */
  read(caption: string): Reading {
    const cleaned = clean(caption, this.#cleaning);
    const unknown = new Set<string>();
    let [text, end, knownWords] = ["", 0, 0];
    for (const { word, at } of words(cleaned)) {
      const form = WORD.test(word) ? this.#form(word) : word;
      if (form === undefined) unknown.add(word);
      else if (WORD.test(word)) knownWords++;
      text += cleaned.slice(end, at) + (form ?? "");
      end = at + word.length;
    }
    const changed = knownWords > 0 && text !== cleaned;
    return {
      text: changed ? text : caption,
      unknown: [...unknown],
      leavesOut: changed && unknown.size > 0,
      isEmpty: knownWords === 0 && unknown.size === 0,
    };
  }

  /** The word, or its singular; undefined when neither is known. */
  #form(word: string): string | undefined {
    const singulars = PLURALS.filter(([ending]) => word.endsWith(ending)).map(
      ([ending, instead]) => word.slice(0, -ending.length) + instead,
    );
    return [word, ...singulars].find((form) => this.#known.has(form));
  }
}

/** '"x", "y" and 3 more' */
export function formatList(unknown: readonly string[]): string {
  const shown = unknown.slice(0, MAX.words).map((word) => {
    const characters = Array.from(word);
    return JSON.stringify(
      characters.length > MAX.characters ? `${characters.slice(0, MAX.characters).join("")}...` : word,
    );
  });
  const more = unknown.length - shown.length;
  return more > 0 ? `${shown.join(", ")} and ${more} more` : shown.join(", ");
}
