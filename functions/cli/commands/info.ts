import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type MemoryReport, memoryReport } from "../../../models/host/memory-report.ts";
import { PRESETS } from "../../../models/request.ts";
import type { Info } from "../../../models/types.ts";
import { bundleFolder } from "../../bundle-folder.ts";
import type { Command } from "../command.ts";
import { formatBytes, formatMemory, formatNetworks } from "../memory-report.ts";

/** The keys of bundle.json that are printed. The engine has checked them, except for `training`, which is free-form. */
type BundleFile = {
  readonly files: Readonly<Record<string, { readonly bytes: number }>>;
  readonly presets: Readonly<Record<string, Preset>>;
  readonly training?: Readonly<Record<string, unknown>>;
};
type Sampling = { readonly sampler: string; readonly steps: number };
type Preset = {
  readonly prior?: Sampling & { readonly priorSamples: number };
  readonly decoder: Sampling & { readonly guidance: number };
  readonly upsamplers: readonly Sampling[];
};

export const info: Command = {
  name: "info",
  summary: "show what a model can do and where it comes from",
  usage: "",
  takes: { min: 0, max: 0, what: "no caption and no picture" },
  options: ["bundle", "threads"],
  about: `Checks every file of the bundle, and prints its properties, the memory it needs, and whether this
machine has enough. Memory is estimated from the sizes of its files.`,
  examples: ["info", "info --bundle ~/models/karlo --json"],
  prepare: async ({ values }) => ({
    memory: "one",
    run: async ({ info }) => {
      const folder = bundleFolder(values);
      const fit = await memoryReport(folder);
      const {
        files,
        presets,
        training = {},
      }: BundleFile = JSON.parse(await readFile(join(folder, "bundle.json"), "utf8"));
      const bytes = Object.fromEntries(Object.entries(files).map(([name, file]) => [name, file.bytes]));
      return {
        lines: formatInfo(info, folder, { presets, training, fit }),
        json: { ...info, folder, files: bytes, presets, training, memory: fit },
      };
    },
  }),
};

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
    ...table(
      "training",
      Object.entries(training).flatMap(([key, value]) => formatRecord(key, value)),
    ),
  ];
}

/** "prior 12 steps, best of 2; decoder 16 steps, guidance 2; upsamplers 6 and 4 steps" */
function formatSteps({ prior, decoder, upsamplers }: Preset): string {
  return [
    ...(prior ? [`prior ${prior.steps} steps, best of ${prior.priorSamples}`] : []),
    `decoder ${decoder.steps} steps, guidance ${decoder.guidance}`,
    ...(upsamplers.length > 0 ? [`upsamplers ${upsamplers.map(({ steps }) => steps).join(" and ")} steps`] : []),
  ].join("; ");
}

/** The plain values of a record on one line, and each nested record (a stage) on a line of its own. */
function formatRecord(key: string, value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [`${key} ${String(value)}`];
  const members = Object.entries(value);
  const plain = members.filter(([, member]) => typeof member !== "object").map(([name, member]) => `${name} ${member}`);
  const nested = members.filter(([, member]) => typeof member === "object" && member !== null);
  if (plain.length > 0 || nested.length === 0) return [`${key}: ${plain.join(", ")}`];
  return nested.flatMap(([name, member]) => formatRecord(name, member));
}

function table(title: string, rows: readonly string[]): string[] {
  return rows.map((row, i) => `${(i === 0 ? title : "").padEnd(12)}${row}`);
}
