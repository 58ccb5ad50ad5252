// What a model can draw: the names of its concepts, and the emoji that stand for them in captions.
import { UnclipError } from "../errors.ts";
import { AT_LEAST_ONE, Fields } from "../fields.ts";

export type Concept = {
  /** As the training captions call it. */
  readonly name: string;
  /** The emoji that captions may have in place of the name. */
  readonly emoji?: string | undefined;
};

/** Variation selectors and skin tones: the same concept with or without them. */
const FORMS = /[\ufe0e\ufe0f\u{1f3fb}-\u{1f3ff}]/gu;
const WORD_CHARACTER = /[\p{L}\p{N}]/u;
const GRAPHEMES = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Throws INVALID_BUNDLE. `file`: the content of the bundle's file, named `name`. */
export function parseConcepts(file: string, name: string): readonly Concept[] {
  const invalid = (field: string, problem: string) =>
    new UnclipError("INVALID_BUNDLE", `${name}: ${field === "" ? "its content" : `"${field}"`} ${problem}`, { field });
  let json: unknown;
  try {
    json = JSON.parse(file);
  } catch {
    throw invalid("", "is not JSON");
  }
  return new Fields({ concepts: json }, "", invalid).list("concepts", AT_LEAST_ONE, (items, item) => {
    const concept = items.object(item);
    concept.only(["name", "emoji"]);
    return { name: concept.text("name"), emoji: concept.maybe("emoji", (key) => concept.text(key)) };
  });
}

/** Emoji -> name of the concept, for `nameEmoji`. */
export function emojiNames(concepts: readonly Concept[]): ReadonlyMap<string, string> {
  return new Map(
    concepts.flatMap(({ name, emoji }) => (emoji === undefined ? [] : [[emoji.replace(FORMS, ""), name]])),
  );
}

/** The text with names in place of the emoji that have one, apart from other words by spaces. */
export function nameEmoji(text: string, names: ReadonlyMap<string, string>): string {
  if (names.size === 0) return text;
  let named = "";
  let isAfterName = false;
  for (const { segment } of GRAPHEMES.segment(text)) {
    const name = names.get(segment.replace(FORMS, ""));
    const beginsWord = name !== undefined || WORD_CHARACTER.test(segment);
    const endsWord = isAfterName || (name !== undefined && WORD_CHARACTER.test(named.slice(-1)));
    named += (beginsWord && endsWord ? " " : "") + (name ?? segment);
    isAfterName = name !== undefined;
  }
  return named;
}
