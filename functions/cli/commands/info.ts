import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type MemoryReport, memoryReport } from "../../../models/host/memory-report.ts";
import { PRESETS } from "../../../models/request.ts";
import type { Info } from "../../../models/types.ts";
import { bundleFolder } from "../../bundle-folder.ts";
import { usageError } from "../arguments.ts";
import type { Command, EngineTask } from "../command.ts";
import { pictureInfo } from "../info/picture.ts";
import { table, wrapped } from "../info/table.ts";
import { wordsInfo } from "../info/words.ts";
import { formatBytes, formatMemory, formatNetworks } from "../memory-report.ts";
import type { Values } from "../options.ts";

/** The keys of bundle.json that are printed. The engine has checked them, except for `training`, which is free-form. */
type BundleFile = {
  readonly files: Readonly<Record<string, { readonly bytes: number }>>;
  readonly presets: Readonly<Record<string, Preset>>;
  readonly training?: Readonly<Record<string, unknown>>;
};
type Sampling = { readonly sampler: string; readonly steps: number };
type Preset = {
  readonly prior: { readonly diffusion?: Sampling & { readonly priorSamples: number } };
  readonly decoder: Sampling & { readonly guidance: number };
  readonly upsamplers: readonly Sampling[];
};

export const info: Command = {
  name: "info",
  summary: "show what a model can do, or what made a picture",
  usage: "[PICTURE]",
  takes: { min: 0, max: 1, what: "one picture, or none" },
  options: ["words", "bundle", "threads"],
  about: `Checks every file of the bundle, and prints its properties, the memory it needs, and whether this
machine has enough. Memory is estimated from the sizes of its files. With --words, prints the styles,
backgrounds, concepts and words that the model was taught. With a PNG, WebP or GIF file that unclip
drew, prints what drew it: its caption, seed and options, and the command that draws it again.`,
  examples: ["info", "info apple.png", "info --words", "info --bundle ~/models/karlo --json"],
  prepare: async ({ positionals: [path], values }) => {
    if (path === undefined) return modelTask(values);
    for (const name of ["words", "bundle", "threads"] as const) {
      if (name in values) throw usageError(`--${name} is for a model, and ${path} is a picture`);
    }
    return { alone: () => pictureInfo(path) };
  },
};

function modelTask(values: Values): EngineTask {
  return {
    memory: "one",
    run: async ({ info }) => {
      const folder = bundleFolder(values);
      if (values.words) return wordsInfo(info, folder);
      const fit = await memoryReport(folder);
      const {
        files,
        presets,
        training = {},
      }: BundleFile = JSON.parse(await readFile(join(folder, "bundle.json"), "utf8"));
      // `info --words` prints them.
      const { words: _, concepts: __, ...facts } = info;
      const bytes = Object.fromEntries(Object.entries(files).map(([name, file]) => [name, file.bytes]));
      return {
        lines: formatInfo(info, folder, { presets, training, fit }),
        json: { ...facts, folder, files: bytes, presets, training, memory: fit },
      };
    },
  };
}

type InfoDetails = Pick<BundleFile, "presets"> & {
  readonly training: NonNullable<BundleFile["training"]>;
  readonly fit: MemoryReport;
};

function formatInfo(info: Info, folder: string, { presets, training, fit }: InfoDetails): string[] {
  const { name, version, licence, attribution, sizes, priors, dimensions, contextLength, bytes } = info;
  return [
    `${name} ${version}, ${licence}, ${formatBytes(bytes)}`,
    attribution,
    "",
    ...table("folder", [folder]),
    ...table("sizes", [`${sizes.join(", ")} pixels`]),
    ...table("captions", [`up to ${contextLength} tokens, start and end included`]),
    ...table("embedding", [`${dimensions} dimensions`]),
    ...table("priors", [priors.join(", ")]),
    ...table(
      "presets",
      PRESETS.map((preset) => `${preset.padEnd(10)}${formatSteps(presets[preset]!)}`),
    ),
    ...table("networks", formatNetworks(fit)),
    ...table("disk", [formatBytes(bytes)]),
    ...table("memory", formatMemory(fit)),
    ...(Object.keys(training).length > 0 ? ["", "training"] : []),
    ...Object.entries(training).flatMap(([key, value]) => formatTraining(key, value)),
  ];
}

/** "prior 12 steps, best of 2; decoder 16 steps, guidance 2; upsamplers 6 and 4 steps" */
function formatSteps({ prior: { diffusion }, decoder, upsamplers }: Preset): string {
  return [
    ...(diffusion ? [`prior ${diffusion.steps} steps, best of ${diffusion.priorSamples}`] : []),
    `decoder ${decoder.steps} steps, guidance ${decoder.guidance}`,
    ...(upsamplers.length > 0 ? [`upsamplers ${upsamplers.map(({ steps }) => steps).join(" and ")} steps`] : []),
  ].join("; ");
}

/** The plain values of a stage, or of the whole training. Digests are cut, as --json has them whole. */
function formatTraining(key: string, value: unknown): string[] {
  if (typeof value !== "object" || value === null) return table(`  ${key}`, [shortened(value)]);
  const members = Object.entries(value);
  const plain = members.filter(([, member]) => typeof member !== "object");
  const nested = members.filter(([, member]) => typeof member === "object" && member !== null);
  if (plain.length === 0) return nested.flatMap(([name, member]) => formatTraining(name, member));
  const facts = plain.map(([name, member]) => `${name} ${shortened(member)}`);
  // The names of stages are longer than the titles of rows.
  return [`  ${key}`, ...wrapped("", facts)];
}

function shortened(value: unknown): string {
  return String(value).replace(/^([0-9a-f]{12})[0-9a-f]{52}$/, "$1");
}
