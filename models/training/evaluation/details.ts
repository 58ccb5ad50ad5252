// Crops of upscaled pictures side by side, where they differ most.
import sharp from "sharp";
import { encodePng } from "../../tensor/picture.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type Upscaled, WAYS } from "./upscale-metrics.ts";

/** The same window of each way, and of the truth at the end: PNG, CELL px wide and high. */
export type Detail = readonly Buffer[];

/** Pictures of each upsampler that are shown. */
export const DETAILS = 4;
const CELL = 256;
const GAP = 8;
/** Side of a window and distance between windows, as shares of the picture's side. */
const [WINDOW, STEP] = [1 / 4, 1 / 16];

export async function detailOf({ truth, made }: Upscaled): Promise<Detail> {
  const side = truth.shape[3]!;
  const window = side * WINDOW;
  const [left, top] = busiest(truth, window, side * STEP);
  return Promise.all(
    [...WAYS.map((way) => made[way]), truth].map(async (picture) =>
      sharp(new Uint8Array(await encodePng(picture)))
        .extract({ left, top, width: window, height: window })
        .resize(CELL, CELL, { kernel: "nearest" })
        .png()
        .toBuffer(),
    ),
  );
}

/** Position (left, top) of the window with the largest variance. */
function busiest({ data, shape }: Tensor, window: number, step: number): [number, number] {
  const side = shape[3]!;
  let best = { left: 0, top: 0, variance: -1 };
  for (let top = 0; top + window <= side; top += step) {
    for (let left = 0; left + window <= side; left += step) {
      let [sum, squares] = [0, 0];
      for (let y = top; y < top + window; y++) {
        for (const value of data.subarray(y * side + left, y * side + left + window)) {
          sum += value;
          squares += value * value;
        }
      }
      const variance = squares / window ** 2 - (sum / window ** 2) ** 2;
      if (variance > best.variance) best = { left, top, variance };
    }
  }
  return [best.left, best.top];
}

/** Details under each other, in two blocks side by side where they come from two upsamplers. */
export async function writeDetails(file: string, details: readonly Detail[]): Promise<void> {
  const rows = Math.min(DETAILS, details.length);
  const columns = details[0]!.length;
  const at = (i: number) => i * (CELL + GAP);
  const block = at(columns) + GAP;
  const cells = details.flatMap((detail, i) =>
    detail.map((input, column) => ({
      input,
      left: Math.floor(i / rows) * block + at(column),
      top: at(i % rows),
    })),
  );
  const width = Math.ceil(details.length / rows) * block - 2 * GAP;
  await sharp({ create: { width, height: at(rows) - GAP, channels: 3, background: "white" } })
    .composite(cells)
    .png({ palette: true })
    .toFile(file);
}
