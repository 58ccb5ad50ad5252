// What the studio knows of captions: the chips' phrases, words that the model does not know, and completions.

type Values = readonly { readonly name: string; readonly phrase: string }[];

/** The value whose phrase is in the caption. */
export const chosen = (caption: string, values: Values) => values.find(({ phrase }) => pattern(phrase).test(caption));

/** The caption with the phrase of `value` in place of any other value's; without one if it was chosen already. */
export function choose(caption: string, value: Values[number], values: Values): string {
  const current = chosen(caption, values);
  const text = current === undefined ? caption : caption.replace(pattern(current.phrase), "");
  const rest = text.replace(/\s+/g, " ").trim();
  if (current === value) return rest;
  // What begins with "on" is named last: "an apple in flat style on a blue background".
  const at = value.phrase.startsWith("on ") ? -1 : rest.search(/\son an? \w+ background\b/i);
  return (at < 0 ? `${rest} ${value.phrase}` : `${rest.slice(0, at)} ${value.phrase}${rest.slice(at)}`).trim();
}

const pattern = (phrase: string) => new RegExp(`\\s*\\b${phrase.replace(/[^\w\s]/g, "\\$&")}\\b`, "i");

/** A part of a caption; `unknown` marks a word that the model was not trained on. */
type Part = { readonly text: string; readonly unknown: boolean };

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
const MIN_TYPED = 2;

/** The words that the letters before the caret begin, the shortest first. */
export function complete(caption: string, caret: number, words: readonly string[]): readonly Completion[] {
  if (/\p{L}/u.test(caption.charAt(caret))) return [];
  const [typed = ""] = /\p{L}*$/u.exec(caption.slice(0, caret)) ?? [];
  const beginning = typed.toLowerCase();
  if (beginning.length < MIN_TYPED) return [];
  return words
    .filter((word) => word.startsWith(beginning) && word !== beginning)
    .sort((a, b) => a.length - b.length)
    .slice(0, SHOWN)
    .map((text) => ({ text, start: caret - typed.length, end: caret }));
}
