// Reads unknown objects field by field. Requests and bundle.json share it, so their errors have the same form.
import type { UnclipError } from "./errors.ts";

/** Makes the error for a field (its path, such as "between.1.prompt") and a problem ("is missing"). */
type CreateError = (field: string, problem: string) => UnclipError;

type Range = { readonly min: number; readonly max: number };

export const AT_LEAST_ZERO = { min: 0, max: Number.POSITIVE_INFINITY };
export const AT_LEAST_ONE = { min: 1, max: Number.POSITIVE_INFINITY };
/** Any finite number above 0. */
export const ABOVE_ZERO = { min: Number.MIN_VALUE, max: Number.MAX_VALUE };
const ANY = { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY };

export class Fields {
  readonly path: string;
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #createError: CreateError;

  constructor(value: unknown, path: string, createError: CreateError) {
    if (typeof value !== "object" || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) {
      throw createError(path, `must be an object, not ${show(value)}`);
    }
    this.path = path;
    this.#values = value as Record<string, unknown>;
    this.#createError = createError;
  }

  get keys(): string[] {
    return Object.keys(this.#values).filter((key) => this.has(key));
  }

  /** null counts as absent, because GraphQL clients send it for omitted fields. */
  has(key: string): boolean {
    return this.#values[key] !== undefined && this.#values[key] !== null;
  }

  /** Throws on a key outside the list: a misspelt option must not be ignored. */
  only(allowed: readonly string[]): this {
    const unknown = this.keys.find((key) => !allowed.includes(key));
    if (unknown !== undefined) throw this.wrong(unknown, `is not known here (known: ${allowed.join(", ")})`);
    return this;
  }

  wrong(key: string, problem: string): UnclipError {
    return this.#createError(this.#name(key), problem);
  }

  maybe<T>(key: string, read: (key: string) => T): T | undefined {
    return this.has(key) ? read(key) : undefined;
  }

  text(key: string, { min, max }: Range = AT_LEAST_ONE): string {
    const value = this.#need(key);
    if (typeof value !== "string") throw this.wrong(key, `must be a string, not ${show(value)}`);
    const trimmed = value.trim();
    if (trimmed.length < min) throw this.wrong(key, "must not be empty");
    if (trimmed.length > max) throw this.wrong(key, `must have at most ${max} characters, not ${trimmed.length}`);
    return trimmed;
  }

  integer(key: string, range: Range): number {
    const value = this.#need(key);
    if (!Number.isSafeInteger(value) || !within(value as number, range)) {
      throw this.wrong(key, `must be a whole number ${span(range)}, not ${show(value)}`);
    }
    return value as number;
  }

  number(key: string, range: Range): number {
    const value = this.#need(key);
    if (typeof value !== "number" || !within(value, range)) {
      throw this.wrong(key, `must be a number ${span(range)}, not ${show(value)}`);
    }
    return value;
  }

  flag(key: string): boolean {
    const value = this.#need(key);
    if (typeof value !== "boolean") throw this.wrong(key, `must be true or false, not ${show(value)}`);
    return value;
  }

  choice<const T extends string | number>(key: string, values: readonly T[]): T {
    const value = this.#need(key);
    const found = values.find((each) => each === value);
    if (found === undefined) throw this.wrong(key, `must be ${values.map(show).join(" or ")}, not ${show(value)}`);
    return found;
  }

  bytes(key: string): Uint8Array {
    const value = this.#need(key);
    if (!(value instanceof Uint8Array)) throw this.wrong(key, `must be a Uint8Array, not ${show(value)}`);
    if (value.length === 0) throw this.wrong(key, "must not be empty");
    return value;
  }

  object(key: string): Fields {
    return new Fields(this.#need(key), this.#name(key), this.#createError);
  }

  isList(key: string): boolean {
    return Array.isArray(this.#need(key));
  }

  /** Reads every item of a list as a field "key.i" of this object. */
  list<T>(key: string, { min, max }: Range, read: (items: Fields, name: string, index: number) => T): T[] {
    const value = this.#need(key);
    if (!Array.isArray(value)) throw this.wrong(key, `must be a list, not ${show(value)}`);
    if (value.length < min || value.length > max) {
      throw this.wrong(key, `must have ${min === max ? min : `${min} to ${max}`} items, not ${value.length}`);
    }
    const items = Object.fromEntries(value.map((item, index) => [`${key}.${index}`, item]));
    const fields = new Fields(items, this.path, this.#createError);
    return value.map((_, index) => read(fields, `${key}.${index}`, index));
  }

  /** A list of `count` numbers. */
  numbers(key: string, count: number): number[] {
    return this.list(key, { min: count, max: count }, (items, item) => items.number(item, ANY));
  }

  #need(key: string): unknown {
    if (!this.has(key)) throw this.wrong(key, "is missing");
    return this.#values[key];
  }

  #name(key: string): string {
    return this.path === "" ? key : `${this.path}.${key}`;
  }
}

function within(value: number, { min, max }: Range): boolean {
  return value >= min && value <= max;
}

function span({ min, max }: Range): string {
  return Number.isFinite(max) ? `from ${min} to ${max}` : `of at least ${min}`;
}

/** A value in an error message: short, and never the bytes of a picture. */
function show(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null || typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (Array.isArray(value)) return "a list";
  return ArrayBuffer.isView(value) ? "bytes" : `a ${typeof value}`.replace("a object", "an object");
}
