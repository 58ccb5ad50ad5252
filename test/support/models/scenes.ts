/** A bundle's `scenes` in few words: the tiny bundle's context has sixteen tokens. */
export const SCENES = {
  attributes: [{ noun: "hue", alone: false, values: { red: "in red", blue: "in blue" } }],
  relations: [{ first: "left", phrases: ["by"] }],
};
