// What an engine says of the bundle it runs.
import type { BundleSpec } from "./bundle-spec.ts";
import { PRESETS, SIZES } from "./request.ts";
import type { Info } from "./result.ts";
import { priorsOf, sizesOf } from "./settings.ts";

export function infoOf(spec: BundleSpec): Info {
  const { name, version, licence, attribution, clip, tokenizer, files } = spec;
  const drawn = sizesOf(spec);
  return {
    name,
    version,
    licence,
    attribution,
    dimensions: clip.dimensions,
    contextLength: tokenizer.contextLength,
    sizes: SIZES.filter((size) => drawn.includes(size)),
    priors: priorsOf(spec),
    presets: [...PRESETS],
    bytes: Object.values(files).reduce((total, { bytes }) => total + bytes, 0),
  };
}
