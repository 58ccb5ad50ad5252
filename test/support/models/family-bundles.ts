// Published models' forms with small random weights, made by models/training/NAME/golden.py.
import { fileURLToPath } from "node:url";

export const KANDINSKY = fileURLToPath(new URL("../../bundles/kandinsky", import.meta.url));
export const STABLE_UNCLIP = fileURLToPath(new URL("../../bundles/stable-unclip", import.meta.url));
/** A prior, and its entry for bundle.json. */
export const ECLIPSE = fileURLToPath(new URL("../../bundles/eclipse", import.meta.url));
