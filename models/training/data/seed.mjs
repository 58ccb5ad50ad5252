/**
 * Seeded choice. Everything "random" in the data build is a hash of a readable
 * key, so that adding an icon set or a concept leaves all other choices alone.
 */
import { createHash } from "node:crypto";

const SEED = "pictograms-1";

/** A number in [0, 1) that depends on nothing but the key. */
export function unit(...key) {
  const hash = createHash("sha256")
    .update([SEED, ...key].join("/"))
    .digest();
  return hash.readUIntBE(0, 6) / 2 ** 48;
}

export function below(n, ...key) {
  return Math.floor(unit(...key) * n);
}
