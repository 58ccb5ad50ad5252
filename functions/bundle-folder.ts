import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Ships with the package, so it is found from every folder. */
const PICTO = fileURLToPath(new URL("../models/bundles/picto", import.meta.url));

/** The folder of the bundle that was asked for, or of the one that ships. */
export function bundleFolder({ bundle }: { readonly bundle?: string | undefined }): string {
  return bundle === undefined ? PICTO : resolve(bundle);
}
