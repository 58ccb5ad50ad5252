// Reads the description of a bundle from JSON, for processes that have no engine.
import { CAPABILITIES, PRESETS, PRIORS } from "../../models/request.ts";
import type { Info } from "../../models/types.ts";
import type { Parser } from "./parsers.ts";

type Kind = (value: unknown) => boolean;

const text: Kind = (value) => typeof value === "string" && value !== "";
const count: Kind = (value) => Number.isSafeInteger(value) && (value as number) > 0;
const flag: Kind = (value) => typeof value === "boolean";
const list =
  (kind: Kind, min = 1): Kind =>
  (value) =>
    Array.isArray(value) && value.length >= min && value.every(kind);
const optional =
  (kind: Kind): Kind =>
  (value) =>
    value === undefined || kind(value);
const record =
  (kinds: Readonly<Record<string, Kind>>): Kind =>
  (value) =>
    typeof value === "object" &&
    value !== null &&
    Object.entries(kinds).every(([name, kind]) => kind((value as Record<string, unknown>)[name]));

const capability: Kind = (value) => (CAPABILITIES as readonly unknown[]).includes(value);
const prior: Kind = (value) => (PRIORS as readonly unknown[]).includes(value);
const preset = record({
  steps: count,
  priors: list(record({ name: prior, steps: count, samples: count }), 0),
  upsamplers: list(record({ size: count, steps: count }), 0),
});

const KINDS: Readonly<Record<keyof Info, Kind>> = {
  name: text,
  version: text,
  licence: text,
  attribution: text,
  clip: text,
  dimensions: count,
  contextLength: count,
  sizes: list(count),
  defaultSize: count,
  priors: list(prior, 0),
  capabilities: list(capability, 0),
  presets: record(Object.fromEntries(PRESETS.map((name) => [name, preset]))),
  scenes: flag,
  attributes: list(record({ name: text, values: list(record({ name: text, phrase: text })) }), 0),
  words: optional(list(text)),
  concepts: optional(list(record({ name: text, emoji: optional(text) }))),
  bytes: count,
};

/** Parses the JSON of an Info. */
export const modelInfo: Parser<Info> = (written) => {
  const info = parsed(written);
  const wrong = Object.entries(KINDS).find(([name, kind]) => !kind(info?.[name]));
  return wrong ? { must: `the JSON description of a bundle, with a valid "${wrong[0]}"` } : { ok: info as Info };
};

function parsed(written: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(written) ?? undefined;
  } catch {
    return undefined;
  }
}
