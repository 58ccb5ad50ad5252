// All options of the command line: how each is parsed, and its text in help.
import { QUOTA } from "../../infra/auth/api-keys.ts";
import { ANIMATIONS, DEFAULTS, LIMITS, MEMORY, PRESETS, PRIORS, SAMPLERS } from "../../models/request.ts";

/** The word for standard input, and the value of --out for standard output. */
export const DASH = "-";

/** "texts": may be given several times. */
type Kind = "text" | "texts" | "number" | "numbers" | "switch";

type Option = {
  readonly kind: Kind;
  /** The placeholder of the value in help. */
  readonly value: string;
  readonly text: string;
  readonly short?: string;
};

const range = ({ min, max }: { readonly min: number; readonly max: number }): string => `${min} to ${max}`;

export const OPTIONS = {
  out: { kind: "text", value: "FILE", short: "o", text: "where to write the files (see Files); - for standard output" },
  open: { kind: "switch", value: "", text: "open the result with the desktop's viewer" },
  file: { kind: "text", value: "FILE", text: "draw each line of this file as a caption; - for standard input" },
  size: {
    kind: "number",
    value: "N",
    text: "width and height in pixels: one of the model's sizes (the model's default)",
  },
  seed: { kind: "number", value: "N", text: `seed of the first picture, ${range(LIMITS.seed)} (random)` },
  count: {
    kind: "number",
    value: "N",
    text: `number of pictures, ${range(LIMITS.count)}; picture i uses seed + i (${DEFAULTS.count})`,
  },
  preset: {
    kind: "text",
    value: PRESETS.join("|"),
    text: `how many steps to spend on a picture (${DEFAULTS.preset})`,
  },
  steps: { kind: "number", value: "N", text: `denoising steps of the decoder, ${range(LIMITS.steps)} (preset)` },
  guidance: {
    kind: "number",
    value: "X",
    text: `classifier-free guidance of the decoder, ${range(LIMITS.guidance)} (preset)`,
  },
  sampler: { kind: "text", value: SAMPLERS.join("|"), text: "decoder sampler (preset)" },
  prior: { kind: "text", value: PRIORS.join("|"), text: "which prior to use (diffusion)" },
  "prior-steps": {
    kind: "number",
    value: "N",
    text: `denoising steps of the diffusion prior, ${range(LIMITS.steps)} (preset)`,
  },
  "prior-guidance": {
    kind: "number",
    value: "X",
    text: `classifier-free guidance of the prior, ${range(LIMITS.guidance)} (preset)`,
  },
  "prior-samples": {
    kind: "number",
    value: "N",
    text: `prior samples, ${range(LIMITS.priorSamples)}; the one closest to the caption is used (preset)`,
  },
  literal: {
    kind: "switch",
    value: "",
    text: "use captions verbatim (no style chosen, no scene composition)",
  },
  mix: {
    kind: "texts",
    value: "WHAT[=X]",
    text: "mix in a picture, caption or embedding.json, with weight X (1); repeatable",
  },
  weight: {
    kind: "number",
    value: "X",
    text: `weight of the caption or picture itself in the mix (${DEFAULTS.weight})`,
  },
  "embedding-noise": {
    kind: "number",
    value: "X",
    text: `how far to noise the embedding, ${range(LIMITS.embeddingNoise)} (0)`,
  },
  "negative-prompt": {
    kind: "text",
    value: "CAPTION",
    text: "caption that guidance leads away from (the empty caption)",
  },
  strength: {
    kind: "number",
    value: "X",
    text: `how much variations differ: 0 reconstructs, 1 differs most (${DEFAULTS.strength})`,
  },
  frames: {
    kind: "number",
    value: "N",
    text: `number of pictures, ${range(LIMITS.interpolateFrames)} (${DEFAULTS.interpolateFrames})`,
  },
  animate: { kind: "text", value: ANIMATIONS.join("|"), text: "also write an animation (none)" },
  from: { kind: "text", value: "CAPTION", text: "caption of the picture as it is (the empty caption)" },
  to: { kind: "text", value: "CAPTION", text: "caption of the edited picture" },
  amount: {
    kind: "number",
    value: "X",
    text: `how far to edit, ${range(LIMITS.amount)}; 0.25 to 0.5 suits most pictures (${DEFAULTS.amount})`,
  },
  dimensions: {
    kind: "numbers",
    value: "K,K,...",
    text: "principal components to keep: one picture for each number",
  },
  words: { kind: "switch", value: "", text: "print the words that the model was taught" },
  url: { kind: "text", value: "URL", text: "draw with the service at this URL (on this machine)" },
  deployment: { kind: "text", value: "NAME", text: "the deployment of this name (see unclip-aws connect)" },
  key: {
    kind: "text",
    value: "KEY",
    text: "the service's API key; other users of this machine can see it (UNCLIP_KEY)",
  },
  "key-file": { kind: "text", value: "FILE", text: "file with the service's API key (UNCLIP_KEY)" },
  owner: { kind: "text", value: "OWNER", text: "owner whose jobs the key gives access to (derived from the name)" },
  quota: {
    kind: "number",
    value: "N",
    text: `maximum number of pictures in flight, ${range(QUOTA)} (${QUOTA.default})`,
  },
  data: { kind: "text", value: "DIR", text: "data folder of the server (UNCLIP_DATA or .unclip)" },
  table: { kind: "text", value: "NAME", text: "table of the deployment" },
  live: { kind: "switch", value: "", text: "check a deployment at work" },
  gpu: { kind: "switch", value: "", text: "workers are GPU machines" },
  zones: { kind: "number", value: "N", text: "availability zones with GPU machines (3)" },
  "kms-key": { kind: "text", value: "ARN", text: "customer managed key of the deployment" },
  "built-image": { kind: "switch", value: "", text: "a built image is deployed, so Docker is not needed" },
  workers: { kind: "number", value: "N", text: "number of workers to run at the same time (10)" },
  precision: { kind: "text", value: "fp32|fp16", text: "of the weights; fp16 is for GPUs (fp32)" },
  licence: { kind: "text", value: "FILE", text: "text of the weights' licence, if their folder lacks it" },
  revision: { kind: "text", value: "REPOSITORY=COMMIT,...", text: "commits of the hub to download (the newest)" },
  python: { kind: "text", value: "FILE", text: "Python interpreter with the packages of the import" },
  bundle: { kind: "text", value: "DIR", text: "folder of the model (picto)" },
  memory: {
    kind: "text",
    value: MEMORY.join("|"),
    text: "networks to keep open; auto keeps as many as fit (auto)",
  },
  threads: { kind: "number", value: "N", text: "threads per network (one per core)" },
  quiet: { kind: "switch", value: "", short: "q", text: "print no progress, no warnings and no summary" },
  json: { kind: "switch", value: "", text: "print one JSON object to standard output" },
  debug: { kind: "switch", value: "", text: "print errors with their stack trace" },
  help: { kind: "switch", value: "", short: "h", text: "show this help" },
} as const satisfies Record<string, Option>;

export type OptionName = keyof typeof OPTIONS;

type ValueOf = { text: string; texts: string[]; number: number; numbers: number[]; switch: true };

/** The parsed values of the given options. */
export type Values = { readonly [Name in OptionName]?: ValueOf[(typeof OPTIONS)[Name]["kind"]] };

export const OUTPUT: readonly OptionName[] = ["out", "open", "size", "seed"];
export const DECODER: readonly OptionName[] = ["preset", "steps", "guidance"];
export const PRIOR: readonly OptionName[] = ["prior", "prior-steps", "prior-guidance", "prior-samples", "literal"];
/** "mix" is read by functions/cli/mix.ts. */
export const EMBEDDING: readonly OptionName[] = ["mix", "weight", "embedding-noise", "negative-prompt"];
/** Options of the engine on this machine; SERVICE has those of a remote one. */
export const ENGINE: readonly OptionName[] = ["bundle", "threads", "memory"];
export const SERVICE: readonly OptionName[] = ["url", "deployment", "key", "key-file"];
export const COMMON: readonly OptionName[] = ["quiet", "json", "debug", "help"];

/** The options that are fields of a request: { "prior-steps": 5 } -> { priorSteps: 5 }. */
export function fieldsOf(values: Values): Record<string, unknown> {
  const others: readonly string[] = ["out", "open", "file", "mix", ...SERVICE, ...ENGINE, ...COMMON];
  const fields = Object.entries(values).filter(([name]) => !others.includes(name));
  return Object.fromEntries(fields.map(([name, value]) => [toCamelCase(name), value]));
}

export function toOptionName(field: string): string {
  return `--${field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function toCamelCase(name: string): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
