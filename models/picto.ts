import { fileURLToPath } from "node:url";

/**
 * Returns the folder of picto, the bundle that ships with this package. It lies in models/bundles, also where the code
 * runs compiled, from dist/models.
 */
export function pictoFolder(): string {
  const folder = import.meta.url.endsWith(".ts") ? "bundles/picto" : "../../models/bundles/picto";
  return fileURLToPath(new URL(folder, import.meta.url));
}
