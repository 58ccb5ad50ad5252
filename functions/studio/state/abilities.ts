// What the model can do: the page shows nothing else.
import { computed } from "@preact/signals";
import { model } from "./session.ts";

/** What the model can do; all of it until the model is known. */
export const abilities = computed(() => {
  const { capabilities, priors } = model.value ?? {};
  const has = (name: string) => capabilities === undefined || capabilities.includes(name);
  const varies = has("EMBED_IMAGE") && has("INVERT_IMAGE");
  return {
    /** Draws captions. */
    draws: priors === undefined || priors.length > 0,
    /** Varies a picture, and interpolates between pictures. */
    varies,
    edits: varies && has("EMBED_TEXT"),
    reconstructs: has("RECONSTRUCT"),
    /** Finds pictures by a text. */
    searches: has("EMBED_TEXT"),
  };
});
