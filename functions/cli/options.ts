// Every option there is, written once: how it is read, and what help says of it.
import { QUOTA } from "../../infra/auth/api-keys.ts";
import { ANIMATIONS, DEFAULTS, LIMITS, MEMORY, PRESETS, PRIORS, SAMPLERS } from "../../models/request.ts";

type Kind = "text" | "number" | "numbers" | "switch";

type Option = {
  readonly kind: Kind;
  /** What help calls the value. */
  readonly value: string;
  readonly text: string;
  readonly short?: string;
};

const span = ({ min, max }: { readonly min: number; readonly max: number }): string => `${min} to ${max}`;

export const OPTIONS = {
  out: { kind: "text", value: "FILE", short: "o", text: "where to write (see Files)" },
  size: { kind: "number", value: "N", text: `width and height in pixels, a size of the model (${DEFAULTS.size})` },
  seed: { kind: "number", value: "N", text: "the same seed draws the same picture (random)" },
  count: {
    kind: "number",
    value: "N",
    text: `pictures, ${span(LIMITS.count)}, each with the seed after the last (${DEFAULTS.count})`,
  },
  preset: {
    kind: "text",
    value: PRESETS.join("|"),
    text: `how much work, by the bundle's own settings (${DEFAULTS.preset})`,
  },
  steps: { kind: "number", value: "N", text: `steps of the decoder, ${span(LIMITS.steps)} (preset)` },
  guidance: {
    kind: "number",
    value: "X",
    text: `classifier-free guidance of the decoder, ${span(LIMITS.guidance)} (preset)`,
  },
  sampler: { kind: "text", value: SAMPLERS.join("|"), text: "way of the decoder from noise to picture (preset)" },
  prior: { kind: "text", value: PRIORS.join("|"), text: "imagines the picture of a caption (diffusion)" },
  "prior-steps": { kind: "number", value: "N", text: `steps of the diffusion prior, ${span(LIMITS.steps)} (preset)` },
  "prior-guidance": {
    kind: "number",
    value: "X",
    text: `classifier-free guidance of the prior, ${span(LIMITS.guidance)} (preset)`,
  },
  "prior-samples": {
    kind: "number",
    value: "N",
    text: `samples of the prior, the closest to the caption is used, ${span(LIMITS.priorSamples)} (preset)`,
  },
  literal: {
    kind: "switch",
    value: "",
    text: "take captions as they stand: choose nothing, draw nothing apart",
  },
  strength: {
    kind: "number",
    value: "X",
    text: `0 rebuilds the picture, 1 moves furthest away (${DEFAULTS.strength})`,
  },
  frames: {
    kind: "number",
    value: "N",
    text: `pictures on the way, ${span(LIMITS.interpolateFrames)} (${DEFAULTS.interpolateFrames})`,
  },
  animate: { kind: "text", value: ANIMATIONS.join("|"), text: "writes an animation too" },
  from: { kind: "text", value: "CAPTION", text: "what the picture shows now (the empty caption)" },
  to: { kind: "text", value: "CAPTION", text: "what it is to become" },
  amount: {
    kind: "number",
    value: "X",
    text: `how far to turn, 0 to 1; the paper stays below 0.5 (${DEFAULTS.amount})`,
  },
  dimensions: {
    kind: "numbers",
    value: "K,K,...",
    text: "how much of the picture's embedding to keep: a picture each",
  },
  url: { kind: "text", value: "URL", text: "service to draw with (this machine draws)" },
  key: { kind: "text", value: "KEY", text: "the service's API key (UNCLIP_KEY)" },
  owner: { kind: "text", value: "OWNER", text: "whose jobs its bearer sees (made of the name)" },
  quota: {
    kind: "number",
    value: "N",
    text: `pictures its bearer may have in flight, ${span(QUOTA)} (${QUOTA.default})`,
  },
  data: { kind: "text", value: "DIR", text: "data folder of the server (UNCLIP_DATA, or .unclip)" },
  table: { kind: "text", value: "NAME", text: "table of the deployment" },
  gpu: { kind: "switch", value: "", text: "workers are GPU machines" },
  workers: { kind: "number", value: "N", text: "workers that shall run at the same time (10)" },
  bundle: { kind: "text", value: "DIR", text: "folder of the model (models/bundles/picto)" },
  memory: {
    kind: "text",
    value: MEMORY.join("|"),
    text: "networks open at a time; auto is what fits (auto)",
  },
  threads: { kind: "number", value: "N", text: "threads a network may use (one for each core)" },
  json: { kind: "switch", value: "", text: "one JSON object on standard output" },
  debug: { kind: "switch", value: "", text: "errors with their stack" },
  help: { kind: "switch", value: "", short: "h", text: "this text" },
} as const satisfies Record<string, Option>;

export type OptionName = keyof typeof OPTIONS;

type ValueOf = { text: string; number: number; numbers: number[]; switch: true };

/** The options given, read. */
export type Values = { readonly [Name in OptionName]?: ValueOf[(typeof OPTIONS)[Name]["kind"]] };

export const OUTPUT: readonly OptionName[] = ["out", "size", "seed"];
export const DECODER: readonly OptionName[] = ["preset", "steps", "guidance"];
export const PRIOR: readonly OptionName[] = ["prior", "prior-steps", "prior-guidance", "prior-samples", "literal"];
/** Which model draws: a bundle on this machine, or a service. */
export const ENGINE: readonly OptionName[] = ["bundle", "threads", "memory"];
export const SERVICE: readonly OptionName[] = ["url", "key"];
export const COMMON: readonly OptionName[] = ["json", "debug", "help"];

/** The options that are fields of a request under the same name: { "prior-steps": 5 } -> { priorSteps: 5 }. */
export function fieldsOf(values: Values): Record<string, unknown> {
  const own: readonly string[] = ["out", ...SERVICE, ...ENGINE, ...COMMON];
  const fields = Object.entries(values).filter(([name]) => !own.includes(name));
  return Object.fromEntries(fields.map(([name, value]) => [camel(name), value]));
}

export function optionOf(field: string): string {
  return `--${field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function camel(name: string): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
