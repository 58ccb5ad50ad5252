import { UnclipError } from "../errors.ts";

/**
 * Numbers with a shape: float32, row-major, batch first; pictures are (n, channels, height, width).
 * Every function here returns a new tensor, computes in double and rounds once.
 */
export class Tensor {
  readonly data: Float32Array;
  readonly shape: readonly number[];

  constructor(data: Float32Array, shape: readonly number[]) {
    if (!shape.every((length) => Number.isSafeInteger(length) && length >= 0)) {
      throw new UnclipError("INTERNAL", `A tensor cannot have the shape [${shape}]`);
    }
    if (sizeOf(shape) !== data.length) {
      throw new UnclipError("INTERNAL", `The shape [${shape}] needs ${sizeOf(shape)} numbers, got ${data.length}`);
    }
    this.data = data;
    this.shape = [...shape];
  }
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

export function zeros(shape: readonly number[]): Tensor {
  return new Tensor(new Float32Array(sizeOf(shape)), shape);
}

export function ones(shape: readonly number[]): Tensor {
  return new Tensor(new Float32Array(sizeOf(shape)).fill(1), shape);
}

/** Joins along axis 0: k tensors of (n, ...) become one of (k n, ...). */
export function stack(tensors: readonly Tensor[]): Tensor {
  const [first] = tensors;
  if (!first || first.shape.length === 0) throw new UnclipError("INTERNAL", "stack needs tensors with a batch axis");
  const [, ...rest] = first.shape;
  const data = new Float32Array(tensors.reduce((total, { data }) => total + data.length, 0));
  let offset = 0;
  let batch = 0;
  for (const tensor of tensors) {
    if (`${tensor.shape.slice(1)}` !== `${rest}`) throw mismatch("stack", first, tensor);
    data.set(tensor.data, offset);
    offset += tensor.data.length;
    batch += tensor.shape[0] ?? 0;
  }
  return new Tensor(data, [batch, ...rest]);
}

/** The inverse of stack: cuts axis 0 into n equal parts. */
export function split(tensor: Tensor, n: number): Tensor[] {
  const [batch = 0, ...rest] = tensor.shape;
  if (n < 1 || batch % n !== 0) {
    throw new UnclipError("INTERNAL", `split: [${tensor.shape}] has no ${n} equal parts on its first axis`);
  }
  const length = tensor.data.length / n;
  return Array.from(
    { length: n },
    (_, part) => new Tensor(tensor.data.slice(part * length, (part + 1) * length), [batch / n, ...rest]),
  );
}

/** a x + b y */
export function linear(a: number, x: Tensor, b: number, y: Tensor): Tensor {
  sameShape("linear", x, y);
  const data = new Float32Array(x.data.length);
  for (let i = 0; i < data.length; i++) data[i] = a * x.data[i]! + b * y.data[i]!;
  return new Tensor(data, x.shape);
}

/** a x */
export function scale(a: number, x: Tensor): Tensor {
  const data = new Float32Array(x.data.length);
  for (let i = 0; i < data.length; i++) data[i] = a * x.data[i]!;
  return new Tensor(data, x.shape);
}

export function clamp(x: Tensor, low: number, high: number): Tensor {
  const data = new Float32Array(x.data.length);
  for (let i = 0; i < data.length; i++) data[i] = Math.min(high, Math.max(low, x.data[i]!));
  return new Tensor(data, x.shape);
}

/** The inner product over all numbers. */
export function dot(x: Tensor, y: Tensor): number {
  sameShape("dot", x, y);
  let sum = 0;
  for (let i = 0; i < x.data.length; i++) sum += x.data[i]! * y.data[i]!;
  return sum;
}

/** The Euclidean norm over all numbers. */
export function norm(x: Tensor): number {
  return Math.sqrt(dot(x, x));
}

/** Cosine of the angle between two tensors, -1 to 1. */
export function cosine(x: Tensor, y: Tensor): number {
  return dot(x, y) / (norm(x) * norm(y));
}

/** x / |x|. Throws NUMERIC_FAILURE when x has no direction. */
export function normalise(x: Tensor): Tensor {
  const length = norm(x);
  if (!(length > 0) || !Number.isFinite(length)) {
    throw new UnclipError("NUMERIC_FAILURE", `normalise: a vector of norm ${length} has no direction`);
  }
  return scale(1 / length, x);
}

/** Below this sine the great circle is a straight line to float32's precision, while dividing by the sine loses precision. */
const PARALLEL = 1e-5;

/**
 * Spherical interpolation of two whole tensors, theta from 0 (a) to 1 (b): unCLIP sections 3.2 and 3.3.
 * The angle is that of the unit vectors; norms, which need not be equal, are interpolated linearly.
 * Throws NUMERIC_FAILURE for opposite vectors: no great circle between them is the shortest.
 */
export function slerp(a: Tensor, b: Tensor, theta: number): Tensor {
  sameShape("slerp", a, b);
  const from = norm(a);
  const to = norm(b);
  if (from === 0 || to === 0) throw new UnclipError("NUMERIC_FAILURE", "slerp: a zero vector has no direction");
  const turn = Math.min(1, Math.max(-1, dot(a, b) / (from * to)));
  const sine = Math.sqrt(1 - turn * turn);
  if (sine < PARALLEL) {
    if (turn < 0)
      throw new UnclipError("NUMERIC_FAILURE", "slerp: the vectors are opposite, so there is no shortest path");
    return linear(1 - theta, a, theta, b);
  }
  const angle = Math.acos(turn);
  const length = (1 - theta) * from + theta * to;
  const atStart = (Math.sin((1 - theta) * angle) / sine) * (length / from);
  const atEnd = (Math.sin(theta * angle) / sine) * (length / to);
  return linear(atStart, a, atEnd, b);
}

export function allFinite(x: Tensor): boolean {
  // A plain loop: over the three million numbers of a 1024 picture, a callback each would cost as much as a step's I/O.
  for (let i = 0; i < x.data.length; i++) if (!Number.isFinite(x.data[i]!)) return false;
  return true;
}

function sameShape(operation: string, x: Tensor, y: Tensor): void {
  if (`${x.shape}` !== `${y.shape}`) throw mismatch(operation, x, y);
}

function mismatch(operation: string, x: Tensor, y: Tensor): UnclipError {
  return new UnclipError("INTERNAL", `${operation}: the shapes [${x.shape}] and [${y.shape}] do not match`);
}
