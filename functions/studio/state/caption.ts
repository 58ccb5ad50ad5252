// What the studio knows of captions: the chips' phrases, words that the model does not know, and completions.

/** "in flat style" */
export const stylePhrase = (style: string): string => `in ${style} style`;

/** "on an orange background" */
export const backgroundPhrase = (background: string): string =>
  `on ${/^[aeiou]/i.test(background) ? "an" : "a"} ${background} background`;

/** The value whose phrase is in the caption. */
export function chosen(caption: string, values: readonly string[], phrase: (value: string) => string) {
  return values.find((value) => contains(caption, phrase(value)));
}

/** The caption with the phrase of `value` in place of any other value's; without one if it was chosen already. */
export function choose(
  caption: string,
  value: string,
  values: readonly string[],
  phrase: (value: string) => string,
): string {
  const current = chosen(caption, values, phrase);
  const text = current === undefined ? caption : caption.replace(pattern(phrase(current)), "");
  const rest = text.replace(/\s+/g, " ").trim();
  if (current === value) return rest;
  const added = phrase(value);
  // A background is named last: "an apple in flat style on a blue background".
  const at = added.startsWith("in ") ? rest.search(/\son an? \w+ background\b/i) : -1;
  return (at < 0 ? `${rest} ${added}` : `${rest.slice(0, at)} ${added}${rest.slice(at)}`).trim();
}

const contains = (caption: string, phrase: string) => pattern(phrase).test(caption);
const pattern = (phrase: string) => new RegExp(`\\s*\\b${phrase.replace(/[^\w\s]/g, "\\$&")}\\b`, "i");

/** A part of a caption; `unknown` marks a word that the model was not trained on. */
export type Part = { readonly text: string; readonly unknown: boolean };

const WORD = /\p{L}+/gu;
const PLURALS = [
  ["", ""],
  ["s", ""],
  ["es", ""],
  ["ies", "y"],
] as const;

/**
 * As the model reads a caption (models/clip/vocabulary.ts). The word being typed, at the end, is not marked, and nothing is where
 * the words are not known.
 */
export function mark(caption: string, words: ReadonlySet<string>): readonly Part[] {
  if (words.size === 0) return [{ text: caption, unknown: false }];
  const parts: Part[] = [];
  let end = 0;
  for (const { 0: word, index } of caption.matchAll(WORD)) {
    const isTyped = index + word.length === caption.length;
    if (isTyped || isKnown(word.toLowerCase(), words)) continue;
    parts.push({ text: caption.slice(end, index), unknown: false }, { text: word, unknown: true });
    end = index + word.length;
  }
  return [...parts, { text: caption.slice(end), unknown: false }];
}

function isKnown(word: string, words: ReadonlySet<string>): boolean {
  return PLURALS.some(
    ([ending, instead]) => word.endsWith(ending) && words.has(word.slice(0, word.length - ending.length) + instead),
  );
}

export type Completion = { readonly text: string; readonly start: number; readonly end: number };

const SHOWN = 6;
/** Words of the caption that a concept may begin with: "red app" -> "red apple". */
const MAX_WORDS = 3;

/** The concepts that the words before the caret begin, the longest beginning first. */
export function complete(caption: string, caret: number, concepts: readonly string[]): readonly Completion[] {
  const before = caption.slice(0, caret);
  if (/[\p{L}\p{N}]/u.test(caption.charAt(caret))) return [];
  const found = new Map<string, Completion>();
  for (let words = MAX_WORDS; words >= 1; words--) {
    const typed = new RegExp(`(?:[\\p{L}\\p{N}-]+ ){${words - 1}}[\\p{L}\\p{N}-]+$`, "u").exec(before);
    if (!typed || typed[0].length < 2) continue;
    const beginning = typed[0].toLowerCase();
    for (const text of concepts) {
      if (found.size >= SHOWN) break;
      if (text.toLowerCase().startsWith(beginning) && text.length > beginning.length && !found.has(text))
        found.set(text, { text, start: typed.index, end: caret });
    }
  }
  return [...found.values()];
}
