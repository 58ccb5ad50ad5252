// What bundle.json may say of the scenes that a model's captions describe: models/scene/parse.ts reads captions by it.
import type { Fields } from "../fields.ts";

/** Where the first of two things stands, seen from the second one. */
export const PLACES = ["left", "right", "above", "below"] as const;
export type Place = (typeof PLACES)[number];

/** What every picture has whether its caption says so or not: a style, a background. */
export type AttributeSpec = {
  /** The word that a caption names it by: "background". */
  readonly noun: string;
  /** Whether a value names it without the noun, too: in "a 3d rocket" the style, in "a red apple" no background. */
  readonly alone: boolean;
  /** Every value, and how a caption ends that has it: red, "on a red background". */
  readonly values: ReadonlyMap<string, string>;
};

export type ScenesSpec = {
  readonly attributes: readonly AttributeSpec[];
  /**
   * What stands between two things, first as the model was taught to say it. A phrase that ends in " a" counts only before an
   * article, which is the second thing's.
   */
  readonly relations: readonly { readonly first: Place; readonly phrases: readonly string[] }[];
};

const SOME = { min: 1, max: Number.POSITIVE_INFINITY };

export function readScenes(fields: Fields): ScenesSpec {
  return {
    attributes: fields.list("attributes", { ...SOME, min: 0 }, (items, item) => {
      const attribute = items.object(item);
      const values = attribute.object("values");
      if (values.keys.length === 0) throw attribute.wrong("values", "must not be empty");
      return {
        noun: attribute.text("noun"),
        alone: attribute.flag("alone"),
        values: new Map(values.keys.map((value) => [value, values.text(value)])),
      };
    }),
    relations: fields.list("relations", { ...SOME, min: 0 }, (items, item) => {
      const relation = items.object(item);
      return {
        first: relation.choice("first", PLACES),
        phrases: relation.list("phrases", SOME, (phrases, phrase) => phrases.text(phrase)),
      };
    }),
  };
}
