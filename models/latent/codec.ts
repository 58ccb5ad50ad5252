// The space that a decoder denoises in, and the way between it and pictures: the identity for decoders of pictures, an
// autoencoder for decoders of latents.
import type { LatentSpec } from "../bundle/latent.ts";
import type { StageNetwork } from "../onnx/session-pool.ts";
import { assertFinite } from "../run.ts";
import { resize } from "../tensor/resize.ts";
import { clamp, scale, Tensor } from "../tensor/tensor.ts";

export type Codec = {
  readonly channels: number;
  /** Pixels of the picture for each number of x0, on either axis. */
  readonly factor: number;
  /** The largest number of a usual x0. */
  readonly range: number;
  /** Picture (1, 3, S, S) in [-1, 1] -> x0 (1, channels, S / factor, S / factor). */
  encode(picture: Tensor): Promise<Tensor>;
  /** x0 -> picture (1, 3, S, S), clamped to [-1, 1]. Throws NUMERIC_FAILURE. */
  decode(x0: Tensor): Promise<Tensor>;
  /** x0 -> a rough picture (1, 3, s, s) at little cost. Undefined where there is none. */
  readonly preview: ((x0: Tensor) => Tensor | Promise<Tensor>) | undefined;
};

/** The codec of decoders that denoise pictures. */
export const PICTURES: Codec = {
  channels: 3,
  factor: 1,
  range: 1,
  encode: async (picture) => picture,
  decode: async (x0) => clamp(x0, -1, 1),
  preview: (x0) => x0,
};

/** Side of the latents that previews are decoded from: 16 with a factor of 8 make 128 pixels, an eighth of a 1024 px picture's side. */
const PREVIEW_SIDE = 16;

type Autoencoder = {
  readonly decode: StageNetwork;
  /** Undefined where the bundle has none; pictures are then refused before they are encoded. */
  readonly encode: StageNetwork | undefined;
  /** Whether previews may run `decode`. */
  readonly decodesPreviews: boolean;
};

export function latentCodec(spec: LatentSpec, { decode, encode, decodesPreviews }: Autoencoder): Codec {
  const { channels, factor, range, scalingFactor, preview } = spec;
  const toPicture = async (x0: Tensor) => {
    const { image } = await decode.run({ latent: scale(1 / scalingFactor, x0) });
    return clamp(assertFinite("autoencoder", image!), -1, 1);
  };
  const shrunk = (x0: Tensor) => (x0.shape[2]! > PREVIEW_SIDE ? resize(x0, PREVIEW_SIDE, PREVIEW_SIDE) : x0);
  // A graph of one size takes no smaller latents.
  const anySize = typeof decode.spec.inputs.latent?.shape[2] === "string";
  return {
    channels,
    factor,
    range,
    encode: async (picture) => {
      const { latent } = await encode!.run({ image: picture });
      return scale(scalingFactor, assertFinite("autoencoder", latent!));
    },
    decode: toPicture,
    preview: preview
      ? (x0) => linearPreview(preview, x0)
      : decodesPreviews && anySize
        ? (x0) => toPicture(shrunk(x0))
        : undefined,
  };
}

/** x0 (1, channels, h, w) -> (1, 3, h, w): weight (3, channels) x0 + bias (3) at each position. */
function linearPreview({ weight, bias }: NonNullable<LatentSpec["preview"]>, x0: Tensor): Tensor {
  const [, , height, width] = x0.shape as [number, number, number, number];
  const area = height * width;
  const picture = new Float32Array(3 * area);
  for (const [colour, row] of weight.entries()) {
    for (let i = 0; i < area; i++) {
      let value = bias[colour]!;
      for (const [channel, factor] of row.entries()) value += factor * x0.data[channel * area + i]!;
      picture[colour * area + i] = value;
    }
  }
  return clamp(new Tensor(picture, [1, 3, height, width]), -1, 1);
}
