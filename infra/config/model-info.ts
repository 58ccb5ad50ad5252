// What an engine says of its bundle, as text for those who have no engine.
import { type Info, PRESETS, PRIORS, SIZES } from "../../models/request.ts";
import type { Parser } from "./parsers.ts";

type Kind = (value: unknown) => boolean;

const text: Kind = (value) => typeof value === "string" && value !== "";
const count: Kind = (value) => Number.isSafeInteger(value) && (value as number) > 0;
const some =
  (allowed: readonly unknown[]): Kind =>
  (value) =>
    Array.isArray(value) && value.length > 0 && value.every((one) => allowed.includes(one));

const KINDS: Readonly<Record<keyof Info, Kind>> = {
  name: text,
  version: text,
  licence: text,
  attribution: text,
  clip: text,
  dimensions: count,
  contextLength: count,
  sizes: some(SIZES),
  priors: some(PRIORS),
  presets: some(PRESETS),
  bytes: count,
};

/** The JSON of an Info. */
export const modelInfo: Parser<Info> = (written) => {
  const info = parsed(written);
  const wrong = Object.entries(KINDS).find(([name, kind]) => !kind(info?.[name]));
  return wrong ? { must: `what is known of a bundle, as JSON, with a proper "${wrong[0]}"` } : { ok: info as Info };
};

function parsed(written: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(written) ?? undefined;
  } catch {
    return undefined;
  }
}
