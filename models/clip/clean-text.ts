// Cleans a caption and splits it into words with CLIP's regular expression (openai/CLIP, clip/simple_tokenizer.py), as clean()
// and WORDS in tokenizer.py do. Of ftfy, which OpenAI's code also runs, its steps for single characters are applied, but not
// the repair of text that was decoded wrongly.
import type { Cleaning } from "../bundle/clip.ts";
import { unescapeHtml } from "./html.ts";

const LONE_SURROGATE = /\p{Surrogate}/gu;
/** Ligatures, full-width and half-width forms; ftfy's fix_latin_ligatures and fix_character_width. */
const FORMS = /[\u0132\u0133\u0149\u01c4-\u01cc\u01f1-\u01f3\ufb00-\ufb06\u3000\uff01-\uffef]/gu;
/** ftfy's uncurl_quotes. */
const SINGLE_QUOTES = /[\u02bc\u2018-\u201b]/gu;
const DOUBLE_QUOTES = /[\u201c-\u201f]/gu;
/** ftfy's remove_control_chars. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is removed.
const CONTROLS = /[\0-\x08\x0b\x0e-\x1f\x7f\u206a-\u206f\ufeff\ufff9-\ufffc]/gu;
/** Hyphens, dashes and the minus sign. */
const DASHES = /[\u2010-\u2015\u2212]/gu;
/** Soft hyphen, joiners, directional marks, variation selectors. In emoji, too: models with this cleaning read no emoji. */
const INVISIBLE =
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: each character is removed by itself.
  /[\u00ad\u034f\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\u{e0100}-\u{e01ef}]/gu;
const SPACES = /\p{White_Space}+/gu;

// CLIP's expression ignores case. After lower-casing, two cases remain that /iu treats differently: U+017F counts as "s", and the
// combining mark U+0345, whose upper case is a letter, belongs to no word. Unlike in CLIP, "<|endoftext|>" in a caption is text.
const WORDS = /'[s\u017f]|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|(?:(?!\u0345)[^\p{White_Space}\p{L}\p{N}])+/gu;

/**
 * HTML references resolved twice ("&amp;lt;" -> "<"), straight quotes, plain forms of characters, no controls, NFC, runs of
 * white space replaced by one space, lower case.
 */
export function clean(text: string, cleaning: Cleaning): string {
  const plain = unescapeHtml(unescapeHtml(text.replace(LONE_SURROGATE, "\ufffd")))
    .replace(FORMS, (character) => character.normalize("NFKC"))
    .replace(SINGLE_QUOTES, "'")
    .replace(DOUBLE_QUOTES, '"')
    .replace(CONTROLS, "");
  const seen = cleaning === "visible" ? plain.replace(DASHES, "-").replace(INVISIBLE, "") : plain;
  return seen.normalize("NFC").replace(SPACES, " ").trim().toLowerCase();
}

/** The words of a cleaned text, each with the index where it begins. */
export function* words(cleaned: string): Generator<{ word: string; at: number }> {
  for (const match of cleaned.matchAll(WORDS)) yield { word: match[0], at: match.index };
}
