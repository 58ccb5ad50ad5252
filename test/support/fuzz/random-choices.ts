// Choices that a seed repeats, and what they make of texts, bytes and JSON.
import { randomOf } from "../random.ts";

export type RandomChoices = {
  /** From 0 to below `max`. */
  below(max: number): number;
  /** With this probability. */
  maybe(probability: number): boolean;
  pick<T>(from: readonly T[]): T;
  bytes(length: number): Buffer;
};

export function randomChoices(seed: number): RandomChoices {
  const random = randomOf(seed);
  const below = (max: number) => Math.floor(random() * max);
  return {
    below,
    maybe: (probability) => random() < probability,
    pick: (from) => from[below(from.length)]!,
    bytes: (length) => Buffer.from(Array.from({ length }, () => below(256))),
  };
}

const TEXTS = [
  "",
  "\u0000",
  "\ud800",
  "\u202e",
  "🚢",
  "__proto__",
  "constructor",
  "' OR 1=1 --",
  "../../etc/passwd",
  "%00",
];
const NUMBERS = [0, -0, -1, 1.5, 2 ** 31, 2 ** 32, 2 ** 53, -1e308, 5e-324];

/** An arbitrary JSON value. */
export function anyJson(chance: RandomChoices, depth = 3): unknown {
  const kind = chance.below(depth > 0 ? 7 : 5);
  if (kind === 0) return chance.pick(TEXTS);
  if (kind === 1) return chance.pick(NUMBERS);
  if (kind === 2) return chance.pick([null, true, false]);
  if (kind === 3) return "x".repeat(chance.below(2_000));
  if (kind === 4) return chance.bytes(chance.below(20)).toString("latin1");
  const items = Array.from({ length: chance.below(4) }, () => anyJson(chance, depth - 1));
  return kind === 5 ? items : Object.fromEntries(items.map((item, i) => [chance.pick(TEXTS) + i, item]));
}

/** The same value with something in it replaced, left out or doubled. */
export function mutatedJson(value: unknown, chance: RandomChoices): unknown {
  if (typeof value !== "object" || value === null || chance.maybe(0.2)) return anyJson(chance);
  if (Array.isArray(value)) {
    const at = chance.below(value.length || 1);
    return chance.maybe(0.2)
      ? [...value, ...value]
      : value.map((item, i) => (i === at ? mutatedJson(item, chance) : item));
  }
  const entries = Object.entries(value);
  if (entries.length === 0) return { [chance.pick(TEXTS)]: anyJson(chance) };
  const at = chance.below(entries.length);
  if (chance.maybe(0.1)) return Object.fromEntries(entries.filter((_, i) => i !== at));
  if (chance.maybe(0.1)) return { ...value, [chance.pick(TEXTS)]: anyJson(chance) };
  return Object.fromEntries(entries.map(([key, item], i) => [key, i === at ? mutatedJson(item, chance) : item]));
}

/** Bits turned over, and pieces cut off, left out, doubled or put in. */
export function mutatedBytes(bytes: Buffer, chance: RandomChoices): Buffer {
  let out = Buffer.from(bytes);
  for (let times = 1 + chance.below(3); times > 0 && out.length > 0; times--) {
    const at = chance.below(out.length);
    const to = at + chance.below(Math.min(64, out.length - at) + 1);
    const kind = chance.below(6);
    if (kind === 0) for (let i = 0; i < 4; i++) out[chance.below(out.length)]! ^= 1 << chance.below(8);
    if (kind === 1) out = out.subarray(0, at);
    if (kind === 2) out = Buffer.concat([out.subarray(0, at), out.subarray(to)]);
    if (kind === 3) out = Buffer.concat([out.subarray(0, to), out.subarray(at)]);
    if (kind === 4) out = Buffer.concat([out.subarray(0, at), chance.bytes(chance.below(64)), out.subarray(at)]);
    if (kind === 5) out = Buffer.concat([out.subarray(0, at), Buffer.from(chance.pick(TEXTS)), out.subarray(at)]);
  }
  return out;
}
