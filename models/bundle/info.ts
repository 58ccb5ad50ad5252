// What an engine says of the bundle it runs.
import { createHash } from "node:crypto";
import { priorsOf, sizesOf } from "../pipeline/settings.ts";
import { PRESETS, SIZES } from "../request.ts";
import type { Info } from "../types.ts";
import { type BundleSpec, filesOf } from "./spec.ts";

export function infoOf(spec: BundleSpec): Info {
  const { name, version, licence, attribution, clip, tokenizer, files } = spec;
  const drawn = sizesOf(spec);
  return {
    name,
    version,
    licence,
    attribution,
    clip: clipOf(spec),
    dimensions: clip.dimensions,
    contextLength: tokenizer.contextLength,
    sizes: SIZES.filter((size) => drawn.includes(size)),
    priors: priorsOf(spec),
    presets: [...PRESETS],
    bytes: Object.values(files).reduce((total, { bytes }) => total + bytes, 0),
  };
}

/** Of all that an embedding of this bundle's CLIP depends on. Bundles with other priors or decoders may share it. */
function clipOf({ clip, tokenizer, files }: BundleSpec): string {
  const { size, mean, std } = clip.image;
  const networks = [clip.text, clip.image].flatMap(({ file }) => filesOf(files, file));
  const digests = [...networks, tokenizer.vocab, tokenizer.merges].map((file) => files[file]!.sha256);
  const numbers = [clip.normalise, size, mean, std, tokenizer.contextLength, tokenizer.padId];
  return createHash("sha256")
    .update(JSON.stringify([digests, numbers]))
    .digest("hex");
}
