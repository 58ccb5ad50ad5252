import { resolve } from "node:path";
import { pictoFolder } from "../models/picto.ts";

/** The absolute path of the bundle that was named, or of the one that ships. */
export function bundleFolder({ bundle }: { readonly bundle?: string | undefined }): string {
  return bundle === undefined ? pictoFolder() : resolve(bundle);
}
