import { createHash } from "node:crypto";
import { UnclipError } from "../errors.ts";
import { type Tensor, zeros } from "./tensor.ts";

/**
 * Seeded random numbers without hidden state: number i of a stream is a function of (seed, stream name, i), so nothing
 * depends on the order of stages or the size of a batch. The generator is Philox4x32-10 of Salmon et al., "Parallel
 * random numbers: as easy as 1, 2, 3" (2011): key = seed, counter = (position, hash of the stream's name).
 */
export class Random {
  readonly #key: readonly [number, number];
  readonly #counter = new Uint32Array(4); // position low, position high, stream, stream
  readonly #block = new Uint32Array(4);
  #unused = 0; // doubles left in the block: each takes two of its four words

  /** seed: an integer from 0 to 2^53 - 1. */
  constructor(seed: number, stream: string) {
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw new UnclipError("INVALID_REQUEST", `A seed is an integer from 0 to 2^53 - 1, not ${seed}`, {
        field: "seed",
      });
    }
    this.#key = [seed >>> 0, Math.floor(seed / 2 ** 32)];
    const digest = createHash("sha256").update(stream).digest();
    this.#counter[2] = digest.readUInt32LE(0);
    this.#counter[3] = digest.readUInt32LE(4);
  }

  /** The next number of [0, 1), with 53 random bits. */
  uniform(): number {
    if (this.#unused === 0) this.#advance();
    const first = (2 - this.#unused) * 2;
    this.#unused--;
    return ((this.#block[first]! >>> 5) * 2 ** 26 + (this.#block[first + 1]! >>> 6)) / 2 ** 53;
  }

  /** Standard normal numbers by Box-Muller, in double until stored. */
  normal(shape: readonly number[]): Tensor {
    const tensor = zeros(shape);
    const { data } = tensor;
    for (let i = 0; i < data.length; i += 2) {
      const radius = Math.sqrt(-2 * Math.log(1 - this.uniform())); // 1 - u is never 0
      const angle = 2 * Math.PI * this.uniform();
      data[i] = radius * Math.cos(angle);
      if (i + 1 < data.length) data[i + 1] = radius * Math.sin(angle);
    }
    return tensor;
  }

  #advance(): void {
    philox(this.#counter, this.#key, this.#block);
    this.#counter[0]!++;
    if (this.#counter[0] === 0) this.#counter[1]!++;
    this.#unused = 2;
  }
}

/** Philox4x32 with 10 rounds: writes four random words for (counter, key) into out. */
export function philox(counter: Uint32Array, key: readonly [number, number], out: Uint32Array): void {
  let [a, b, c, d] = counter as unknown as [number, number, number, number];
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const highA = multiplyHigh(0xd2511f53, a);
    const lowA = Math.imul(0xd2511f53, a);
    const highC = multiplyHigh(0xcd9e8d57, c);
    const lowC = Math.imul(0xcd9e8d57, c);
    a = (highC ^ b ^ k0) >>> 0;
    b = lowC >>> 0;
    c = (highA ^ d ^ k1) >>> 0;
    d = lowA >>> 0;
    k0 = (k0 + 0x9e3779b9) >>> 0; // golden ratio
    k1 = (k1 + 0xbb67ae85) >>> 0; // sqrt(3) - 1
  }
  out[0] = a;
  out[1] = b;
  out[2] = c;
  out[3] = d;
}

/** The upper 32 bits of a product of two 32-bit words, by 16-bit halves: doubles hold only 53 bits of it. */
function multiplyHigh(x: number, y: number): number {
  const xHigh = x >>> 16;
  const xLow = x & 0xffff;
  const yHigh = y >>> 16;
  const yLow = y & 0xffff;
  const middle = xHigh * yLow + ((xLow * yLow) >>> 16);
  const other = xLow * yHigh + (middle & 0xffff);
  return xHigh * yHigh + (middle >>> 16) + (other >>> 16);
}
