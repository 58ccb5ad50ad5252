import { computed } from "@preact/signals";
import { model } from "./session.ts";

/** The words that the model was trained on, in lower case; empty for a model that does not say. */
export const vocabulary = computed<ReadonlySet<string>>(() => new Set(model.value?.words ?? []));
