// The last step of every verb: pictures become PNG files, with their CLIP embedding, score and record.
import { type Caption, encodeImage, type ImageEncoder } from "../clip/encode.ts";
import { writeProvenance } from "../metadata/files.ts";
import type { Provenance } from "../metadata/provenance.ts";
import { encodePng } from "../tensor/picture.ts";
import { resize } from "../tensor/resize.ts";
import { cosine, type Tensor } from "../tensor/tensor.ts";
import type { Picture, Result } from "../types.ts";
import type { Call } from "./call.ts";
import { createResult, type DrawnPicture, type ResultOptions } from "./images.ts";

/** Contact sheets and animations hold pictures of at most this size. */
const SHEET_SIZE = 256;

/** Pictures (1, 3, size, size) in [-1, 1] as they are finished, and the seed of each. */
export type LargePictures = { readonly pictures: AsyncIterable<Tensor>; readonly seeds: readonly number[] };

/** `captions`: one for each picture, which its score is computed with. */
export type FinishOptions = ResultOptions & { readonly captions?: readonly Caption[] };

/** Encodes and reports each picture before it takes the next one. */
export async function finishPictures(
  call: Call,
  image: ImageEncoder | undefined,
  { pictures, seeds }: LargePictures,
  { captions, ...options }: FinishOptions,
): Promise<Result> {
  const drawn: DrawnPicture[] = [];
  for await (const picture of pictures) {
    const index = drawn.length;
    const seed = seeds[index]!;
    const record = options.records.picture(index, seed);
    const about = { seed, record, caption: captions?.[index], copied: seeds.length > 1 };
    drawn.push(await call.timed("finish", () => finishPicture(image, picture, about)));
    call.reportPicture(drawn[index]!.picture, index);
  }
  return createResult(call, drawn, options);
}

type About = {
  readonly seed: number;
  readonly record: Provenance;
  readonly caption: Caption | undefined;
  readonly copied: boolean;
};

async function finishPicture(
  image: ImageEncoder | undefined,
  tensor: Tensor,
  { seed, record, caption, copied }: About,
): Promise<DrawnPicture> {
  const size = tensor.shape[2]!;
  // libvips compresses in a thread of its own.
  const [encoded, embedding] = await Promise.all([encodePng(tensor), image && encodeImage(image, tensor)]);
  const png = writeProvenance(encoded, record);
  const score = embedding && caption && cosine(embedding, caption.embedding);
  const picture: Picture = {
    png,
    size,
    seed,
    ...(score !== undefined && { score }),
    ...(embedding && { embedding: embedding.data }),
  };
  if (!copied) return { picture, copy: undefined };
  return { picture, copy: size > SHEET_SIZE ? resize(tensor, SHEET_SIZE, SHEET_SIZE) : tensor };
}
