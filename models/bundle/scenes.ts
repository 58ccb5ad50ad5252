// `scenes` in bundle.json: how a model's captions describe scenes. models/scene/parse.ts parses captions with it.
import { AT_LEAST_ONE, AT_LEAST_ZERO, type Fields } from "../fields.ts";

/** Position of the first of two things relative to the second. */
const PLACES = ["left", "right", "above", "below"] as const;
export type Place = (typeof PLACES)[number];

/** A property that every picture has, whether its caption names it or not: style, background. */
export type AttributeSpec = {
  /** The word for it in a caption: "background". */
  readonly noun: string;
  /** Whether a value names it without the noun: "a 3d rocket" names a style, "a red apple" no background. */
  readonly alone: boolean;
  /** From each value to the end of a caption that has it: red, "on a red background". */
  readonly values: ReadonlyMap<string, string>;
};

export type ScenesSpec = {
  readonly attributes: readonly AttributeSpec[];
  /**
   * Phrases between two things; the first one is the phrase of the training captions. A phrase that ends in " a" matches only
   * before the article of the second thing.
   */
  readonly relations: readonly { readonly first: Place; readonly phrases: readonly string[] }[];
  /** From a word that names nothing that the model was taught to the things of which it is a kind: tree, "a palm tree". */
  readonly kinds: ReadonlyMap<string, readonly string[]>;
  /** The words before a thing for its colour: "a green cat". */
  readonly colours: readonly string[];
};

export function readScenes(fields: Fields): ScenesSpec {
  const kinds = fields.maybe("kinds", (key) => fields.object(key));
  const thingsOf = (kind: string) => kinds!.list(kind, AT_LEAST_ONE, (things, thing) => things.text(thing));
  return {
    attributes: fields.list("attributes", AT_LEAST_ZERO, (items, item) => {
      const attribute = items.object(item);
      const values = attribute.object("values");
      if (values.keys.length === 0) throw attribute.wrong("values", "must not be empty");
      return {
        noun: attribute.text("noun"),
        alone: attribute.flag("alone"),
        values: new Map(values.keys.map((value) => [value, values.text(value)])),
      };
    }),
    relations: fields.list("relations", AT_LEAST_ZERO, (items, item) => {
      const relation = items.object(item);
      return {
        first: relation.choice("first", PLACES),
        phrases: relation.list("phrases", AT_LEAST_ONE, (phrases, phrase) => phrases.text(phrase)),
      };
    }),
    colours: fields.maybe("colours", (key) => fields.list(key, AT_LEAST_ZERO, (words, word) => words.text(word))) ?? [],
    kinds: new Map((kinds?.keys ?? []).map((kind) => [kind, thingsOf(kind)])),
  };
}
