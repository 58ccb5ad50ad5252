// The words that a model's captions were made of. BPE spells out any other word, so that a prompt never fails; but what
// it stands for, the model can only guess.
import { clean, words } from "./words.ts";

const LETTER = /\p{L}/u;
/** Words that a warning names, and letters of each: it stands in records and answers. */
const MOST = { words: 8, letters: 24 } as const;

export class KnownWords {
  readonly #known: ReadonlySet<string>;

  /** One word a line, as the tokenizer cuts them. */
  constructor(file: string) {
    this.#known = new Set(file.split("\n"));
  }

  /** Each word of a caption that is none of them, once, in its order. Signs and numbers are no words. */
  unknown(caption: string): string[] {
    const found = Array.from(words(clean(caption)), ({ word }) => word);
    return [...new Set(found)].filter((word) => LETTER.test(word) && !this.#known.has(word));
  }
}

/** "x", "y" and 3 more */
export function listed(unknown: readonly string[]): string {
  const shown = unknown.slice(0, MOST.words).map((word) => {
    const letters = Array.from(word);
    return JSON.stringify(letters.length > MOST.letters ? `${letters.slice(0, MOST.letters).join("")}...` : word);
  });
  const more = unknown.length - shown.length;
  return more > 0 ? `${shown.join(", ")} and ${more} more` : shown.join(", ");
}
