// Parsers for the values of settings.
import { isLoopback } from "../util/loopback.ts";

/** A setting is missing or has a value that it cannot have; the message names both. */
export class ConfigError extends Error {}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Returns the parsed value as `ok`, or what the value must be, as the end of a sentence. */
export type Parser<T> = (value: string) => { readonly ok: T } | { readonly must: string };

/** Reads variables of the environment. Empty variables count as unset. Throws ConfigError, naming the variable. */
export function createReader(environment: Environment) {
  return <T, D>(name: string, check: Parser<T>, otherwise: D): T | D => {
    const value = environment[name]?.trim();
    if (value === undefined || value === "") return otherwise;
    const read = check(value);
    if ("must" in read) throw new ConfigError(`${name} must be ${read.must}, not ${JSON.stringify(value)}`);
    return read.ok;
  };
}

export const text: Parser<string> = (value) => ({ ok: value });

export const integer =
  (min: number, max: number): Parser<number> =>
  (value) => {
    const number = Number(value);
    const fits = Number.isInteger(number) && number >= min && number <= max;
    return fits ? { ok: number } : { must: `a whole number from ${min} to ${max}` };
  };

export const oneOf =
  <const T extends string>(...allowed: readonly T[]): Parser<T> =>
  (value) => {
    const found = allowed.find((one) => one === value);
    return found === undefined ? { must: allowed.join(", ") } : { ok: found };
  };

export const boolean: Parser<boolean> = (value) => {
  if (/^(1|true|on|yes)$/i.test(value)) return { ok: true };
  return /^(0|false|off|no)$/i.test(value) ? { ok: false } : { must: "on or off" };
};

export const origin: Parser<string> = (value) => {
  const found = /^https?:\/\/[^/?#\s]+$/i.exec(value);
  return found ? { ok: found[0] } : { must: "an origin such as https://pictures.example.com" };
};

export const origins: Parser<readonly string[]> = (value) => {
  const read = value.split(",").map((one) => origin(one.trim()));
  const wrong = read.find((one) => "must" in one);
  return wrong && "must" in wrong ? wrong : { ok: read.flatMap((one) => ("ok" in one ? [one.ok] : [])) };
};

/** A URL whose responses we trust; must be https unless loopback. */
export const httpsUrl: Parser<string> = (value) => {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const safe = url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback(url.hostname));
  return safe ? { ok: value } : { must: "a URL that begins with https://" };
};

/** The URL of a service that we call: a queue, an API, an issuer. It may have a path. */
export const url: Parser<string> = (value) =>
  /^https?:\/\/\S+$/i.test(value) && URL.canParse(value) ? { ok: value } : { must: "a URL" };

/** A number that grows with each rotation, and the id of the key: "1:K2JCJMDEHXQW5F". */
export const keyOfGeneration: Parser<{ readonly generation: number; readonly keyId: string }> = (value) => {
  const [, generation, keyId] = /^([1-9]\d*):(\w+)$/.exec(value) ?? [];
  return keyId === undefined
    ? { must: "a number and the id of a key" }
    : { ok: { generation: Number(generation), keyId } };
};

/** Reads one variable: its value, parsed, or the default. Throws ConfigError. */
export type Reader = ReturnType<typeof createReader>;
