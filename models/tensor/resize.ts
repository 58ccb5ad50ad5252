import { UnclipError } from "../errors.ts";
import { Tensor } from "./tensor.ts";

/** A part of the result, in its pixels. */
export interface Window {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** For each output position: the first input it reads, and the weights of that input and the ones after it. */
interface Taps {
  starts: Int32Array;
  weights: Float64Array[];
}

/**
 * (n, c, h, w) -> (n, c, height, width), equal to PyTorch's
 * interpolate(mode="bicubic", antialias=True, align_corners=False): a separable Keys cubic, widened when shrinking.
 * The upsamplers are trained with exactly this filter. The result may overshoot the input's range. With `window`, only that part
 * of the result is computed. The axis that shrinks more goes first, so no picture in between is larger than input and output.
 */
export function resize(x: Tensor, height: number, width: number, window?: Window): Tensor {
  const [n, c, h, w] = x.shape;
  if (x.shape.length !== 4 || !n || !c || !h || !w || height < 1 || width < 1) {
    throw new UnclipError("INTERNAL", `resize: cannot bring [${x.shape}] to ${height} x ${width}`);
  }
  const planes = n * c;
  const part = window ?? { left: 0, top: 0, width, height };
  const across = taps(w, width, part.left, part.width);
  const down = taps(h, height, part.top, part.height);
  const columnsFirst = part.height / h < part.width / w;
  const data = columnsFirst
    ? alongRows(alongColumns(x.data, planes, h, w, down), planes * part.height, w, across)
    : alongColumns(alongRows(x.data, planes * h, w, across), planes, h, part.width, down);
  return new Tensor(data, [n, c, part.height, part.width]);
}

/** ATen's _compute_indices_weights_aa (UpSampleKernel.cpp), in double, of `count` of the `to` positions from `first` on. */
function taps(from: number, to: number, first: number, count: number): Taps {
  const ratio = from / to;
  const stretch = Math.max(1, ratio);
  const support = 2 * stretch;
  const starts = new Int32Array(count);
  const weights: Float64Array[] = [];
  for (let i = 0; i < count; i++) {
    const center = ratio * (first + i + 0.5);
    const start = Math.max(0, Math.trunc(center - support + 0.5));
    const end = Math.min(from, Math.trunc(center + support + 0.5));
    const raw = Float64Array.from({ length: end - start }, (_, j) => cubic((start + j + 0.5 - center) / stretch));
    const total = raw.reduce((sum, weight) => sum + weight, 0);
    starts[i] = start;
    weights.push(raw.map((weight) => weight / total));
  }
  return { starts, weights };
}

/** Keys' cubic convolution kernel with a = -0.5, as in PIL and in PyTorch with antialiasing. */
function cubic(x: number): number {
  const a = -0.5;
  const t = Math.abs(x);
  if (t < 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  if (t < 2) return ((t - 5) * t + 8) * t * a - 4 * a;
  return 0;
}

function alongRows(data: Float32Array, rows: number, from: number, { starts, weights }: Taps): Float32Array {
  const to = starts.length;
  const out = new Float32Array(rows * to);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < to; i++) {
      const own = weights[i]!;
      const first = row * from + starts[i]!;
      let sum = 0;
      for (let j = 0; j < own.length; j++) sum += own[j]! * data[first + j]!;
      out[row * to + i] = sum;
    }
  }
  return out;
}

function alongColumns(
  data: Float32Array,
  planes: number,
  from: number,
  width: number,
  { starts, weights }: Taps,
): Float32Array {
  const to = starts.length;
  const out = new Float32Array(planes * to * width);
  const sums = new Float64Array(width); // whole rows are added up, so memory is read in order
  for (let plane = 0; plane < planes; plane++) {
    for (let i = 0; i < to; i++) {
      sums.fill(0);
      const own = weights[i]!;
      for (let j = 0; j < own.length; j++) {
        const weight = own[j]!;
        const first = (plane * from + starts[i]! + j) * width;
        for (let column = 0; column < width; column++) sums[column]! += weight * data[first + column]!;
      }
      out.set(sums, (plane * to + i) * width);
    }
  }
  return out;
}
