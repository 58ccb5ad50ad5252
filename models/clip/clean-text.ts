// A caption cleaned and cut into words by CLIP's regular expression (openai/CLIP, clip/simple_tokenizer.py); the same
// as clean() and WORDS in tokenizer.py. Of ftfy, which OpenAI's code also runs, only its NFC step is kept.
import { unescapeHtml } from "./html.ts";

const LONE_SURROGATE = /\p{Surrogate}/gu;
const SPACES = /\p{White_Space}+/gu;
// biome-ignore lint/suspicious/noControlCharactersInRegex: Python's str.strip() also takes these four separators.
const ENDS = /^[ \u001c-\u001f]+|[ \u001c-\u001f]+$/g;

// CLIP's expression ignores case. After lower-casing that still means two things, said here since /iu reads them
// otherwise: U+017F counts as "s", and the combining mark U+0345, whose upper case is a letter, is in no word.
const WORDS =
  /<\|[s\u017f]tartoftext\|>|<\|endoftext\|>|'[s\u017f]|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|(?:(?!\u0345)[^\p{White_Space}\p{L}\p{N}])+/gu;

/** NFC, HTML references resolved twice ("&amp;lt;" -> "<"), runs of white space made one space, lower case. */
export function clean(text: string): string {
  const whole = text.replace(LONE_SURROGATE, "\ufffd").normalize("NFC");
  return unescapeHtml(unescapeHtml(whole)).replace(SPACES, " ").replace(ENDS, "").toLowerCase();
}

/** The words of a cleaned text with the place where each begins. */
export function* words(cleaned: string): Generator<{ word: string; at: number }> {
  for (const match of cleaned.matchAll(WORDS)) yield { word: match[0], at: match.index };
}
