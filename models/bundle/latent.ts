// `latent` and `sizes` of the decoder in bundle.json: the space it denoises in, and the sizes it draws.
import { ABOVE_ZERO, AT_LEAST_ONE, type Fields } from "../fields.ts";
import { LIMITS } from "../request.ts";
import { type FileOf, float, type NetworkSpec, readNetwork, type TensorSpec } from "./networks.ts";

/** Sizes are listed to clients, so a rule may not describe thousands of them. */
const MAX_SIZES = 128;

export type LatentSpec = {
  readonly channels: number;
  /** Pixels of the picture for each number of the latent, on either axis. */
  readonly factor: number;
  /** The decoder denoises scalingFactor times the autoencoder's latent. */
  readonly scalingFactor: number;
  /** The largest number of a usual latent, scaled, as 1 is that of a picture. */
  readonly range: number;
  readonly decode: NetworkSpec;
  /** Without it no picture can be inverted, and no two things composed. */
  readonly encode?: NetworkSpec | undefined;
  /** A linear approximation of `decode`: picture = weight (3, channels) latent + bias (3), position by position. */
  readonly preview?: { readonly weight: readonly (readonly number[])[]; readonly bias: readonly number[] } | undefined;
};

/** `sizes`: those of the pictures. */
export function readLatent(fields: Fields, sizes: readonly number[], file: FileOf): LatentSpec {
  fields.only(["channels", "factor", "scalingFactor", "range", "decode", "encode", "preview"]);
  const channels = fields.integer("channels", AT_LEAST_ONE);
  const factor = fields.integer("factor", AT_LEAST_ONE);
  const odd = sizes.find((size) => size % factor !== 0);
  if (odd !== undefined) throw fields.wrong("factor", `must divide every size, but does not divide ${odd}`);
  const latent = square(channels, sizes, factor, ["h", "w"]);
  const image = square(3, sizes, 1, ["H", "W"]);
  return {
    channels,
    factor,
    scalingFactor: fields.number("scalingFactor", ABOVE_ZERO),
    range: fields.number("range", ABOVE_ZERO),
    decode: readNetwork(fields.object("decode"), file, { inputs: { latent }, outputs: { image } }),
    encode: fields.maybe("encode", (key) =>
      readNetwork(fields.object(key), file, { inputs: { image }, outputs: { latent } }),
    ),
    preview: fields.maybe("preview", (key) => {
      const preview = fields.object(key).only(["weight", "bias"]);
      const row = (items: Fields, item: string) => items.numbers(item, channels);
      return { weight: preview.list("weight", { min: 3, max: 3 }, row), bias: preview.numbers("bias", 3) };
    }),
  };
}

/** (n, channels, size / factor, size / factor): with numbers for one size, with free axes of these names for several. */
export function square(
  channels: number,
  sizes: readonly number[],
  factor: number,
  free: readonly [string, string],
): TensorSpec {
  const side = sizes[0]! / factor;
  return float("n", channels, ...(sizes.length === 1 ? [side, side] : free));
}

/**
 * Widths and heights that the decoder draws, in pixels, in rising order: a list, or a rule such as { min: 512, max: 1024,
 * multipleOf: 64 }.
 */
export function readSizes(fields: Fields, key: string): number[] {
  if (!fields.isList(key)) {
    const rule = fields.object(key).only(["min", "max", "multipleOf"]);
    const multipleOf = rule.integer("multipleOf", LIMITS.size);
    const multiple = (end: string, least: number) => {
      const size = rule.integer(end, { ...LIMITS.size, min: least });
      if (size % multipleOf !== 0) throw rule.wrong(end, `must be a multiple of ${multipleOf}, not ${size}`);
      return size;
    };
    const min = multiple("min", LIMITS.size.min);
    const count = (multiple("max", min) - min) / multipleOf + 1;
    if (count > MAX_SIZES)
      throw rule.wrong("multipleOf", `makes ${count} sizes, of which at most ${MAX_SIZES} are allowed`);
    return Array.from({ length: count }, (_, i) => min + i * multipleOf);
  }
  let least: number = LIMITS.size.min;
  return fields.list(key, { min: 1, max: MAX_SIZES }, (items, item) => {
    const size = items.integer(item, { ...LIMITS.size, min: least });
    least = size + 1;
    return size;
  });
}
