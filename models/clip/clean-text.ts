// Cleans a caption and splits it into words with CLIP's regular expression (openai/CLIP, clip/simple_tokenizer.py), as clean()
// and WORDS in tokenizer.py do. Of ftfy, which OpenAI's code also runs, only its NFC step is applied.
import { unescapeHtml } from "./html.ts";

const LONE_SURROGATE = /\p{Surrogate}/gu;
const SPACES = /\p{White_Space}+/gu;
// biome-ignore lint/suspicious/noControlCharactersInRegex: Python's str.strip() also takes these four separators.
const ENDS = /^[ \u001c-\u001f]+|[ \u001c-\u001f]+$/g;

// CLIP's expression ignores case. After lower-casing, two cases remain that /iu treats differently: U+017F counts as "s", and the
// combining mark U+0345, whose upper case is a letter, belongs to no word.
const WORDS =
  /<\|[s\u017f]tartoftext\|>|<\|endoftext\|>|'[s\u017f]|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|(?:(?!\u0345)[^\p{White_Space}\p{L}\p{N}])+/gu;

/** NFC, HTML references resolved twice ("&amp;lt;" -> "<"), runs of white space replaced by one space, lower case. */
export function clean(text: string): string {
  const whole = text.replace(LONE_SURROGATE, "\ufffd").normalize("NFC");
  return unescapeHtml(unescapeHtml(whole)).replace(SPACES, " ").replace(ENDS, "").toLowerCase();
}

/** The words of a cleaned text, each with the index where it begins. */
export function* words(cleaned: string): Generator<{ word: string; at: number }> {
  for (const match of cleaned.matchAll(WORDS)) yield { word: match[0], at: match.index };
}
