// The words that a model's captions were made of. BPE spells out any other word, so that a prompt never fails; but what
// it stands for, the model could only guess.
import { clean, words } from "./clean-text.ts";

const LETTERS = /^\p{L}+$/u;
/** How English makes many of one: apples, boxes, cherries. */
const PLURALS = [
  ["s", ""],
  ["es", ""],
  ["ies", "y"],
] as const;
/** Words that a warning names, and letters of each: it stands in records and answers. */
const MOST = { words: 8, letters: 24 } as const;

export type Reading = {
  readonly text: string;
  /** The words that the model was never taught, each once, in their order. */
  readonly unknown: readonly string[];
  /** Whether `text` is without them. */
  readonly leavesOut: boolean;
};

export class Vocabulary {
  readonly #known: ReadonlySet<string>;

  /** One word a line, as the tokenizer cuts them. */
  constructor(file: string) {
    this.#known = new Set(file.trimEnd().split("\n")); // without "", which would be the singular of "s"
  }

  /**
   * What the model is to read of a caption: all but the words it was never taught, since what it guesses of one spoils the rest
   * (docs/reports/model-card.md, "Other wordings"); a plural as its singular where only that was taught. Where nothing that was taught
   * would be left, the caption as it is. Signs and numbers are no words.
   */
  read(caption: string): Reading {
    const cleaned = clean(caption);
    const unknown = new Set<string>();
    let [text, end, taught] = ["", 0, 0];
    for (const { word, at } of words(cleaned)) {
      const form = LETTERS.test(word) ? this.#form(word) : word;
      if (form === undefined) unknown.add(word);
      else if (LETTERS.test(word)) taught++;
      text += cleaned.slice(end, at) + (form ?? "");
      end = at + word.length;
    }
    const changed = taught > 0 && text !== cleaned;
    return { text: changed ? text : caption, unknown: [...unknown], leavesOut: changed && unknown.size > 0 };
  }

  /** The word, or its singular; undefined where neither was taught. */
  #form(word: string): string | undefined {
    const singulars = PLURALS.filter(([ending]) => word.endsWith(ending)).map(
      ([ending, instead]) => word.slice(0, -ending.length) + instead,
    );
    return [word, ...singulars].find((form) => this.#known.has(form));
  }
}

/** "x", "y" and 3 more */
export function formatList(unknown: readonly string[]): string {
  const shown = unknown.slice(0, MOST.words).map((word) => {
    const letters = Array.from(word);
    return JSON.stringify(letters.length > MOST.letters ? `${letters.slice(0, MOST.letters).join("")}...` : word);
  });
  const more = unknown.length - shown.length;
  return more > 0 ? `${shown.join(", ")} and ${more} more` : shown.join(", ");
}
