import type { Submission } from "../state/requests.ts";
import { type Place, quote } from "./operations.ts";

type End = { readonly image?: string; readonly prompt?: string };
type MixItem = End & { readonly weight: number };

/** The command line reads pictures and embeddings from files, so it has file names where the request has ids and numbers. */
export function commandLine({ verb, input }: Submission, { origin, hasKey }: Place): string {
  const { prompt, image, between = [], mix = [], ...options } = input;
  const words = [
    verb,
    ...(typeof prompt === "string" ? [quote(prompt)] : []),
    ...(image === undefined ? [] : ["picture.png"]),
    ...(between as readonly End[]).map((end, i) => wordOf(end, `picture-${i + 1}`)),
  ];
  const flags = [
    ...Object.entries(options).flatMap(([name, value]) => flagOf(name, value)),
    ...(mix as readonly MixItem[]).map((item, i) => `--mix ${wordOf(item, `mix-${i + 1}`, `=${item.weight}`)}`),
    `--url ${origin}/graphql`,
  ];
  const key = hasKey ? "UNCLIP_KEY=unclip_... \\\n" : "";
  return `${key}unclip ${words.join(" ")} \\\n  ${flags.join(" ")}`;
}

function wordOf({ image, prompt }: End, file: string, suffix = ""): string {
  if (prompt !== undefined) return quote(prompt + suffix);
  return `${file}.${image === undefined ? "json" : "png"}${suffix}`;
}

/** Options whose values are names: GraphQL writes them in capitals. */
const NAMES = new Set(["preset", "prior", "sampler", "animate"]);

function flagOf(name: string, value: unknown): string[] {
  const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  if (typeof value === "boolean") return value ? [flag] : [];
  if (typeof value !== "string") return [`${flag} ${value}`];
  return [`${flag} ${NAMES.has(name) ? nameOf(value) : quote(value)}`];
}

/** "DPM_SOLVER_PP" -> "dpm-solver++" */
const nameOf = (value: string): string => value.toLowerCase().replace(/_/g, "-").replace(/-pp$/, "++");
