// How much memory a bundle's networks want, how much there is, and whether they can all be open at once.
import { freemem } from "node:os";
import { type BundleSpec, filesOf, type NetworkSpec, type Precision } from "../bundle/spec.ts";
import { UnclipError } from "../errors.ts";
import type { MemoryName } from "../request.ts";
import { upsamplerStage } from "../types.ts";

export type MemoryPlan = Exclude<MemoryName, "auto">;

type Kind = "clip-text" | "clip-image" | "prior" | "decoder" | "upsampler";

/** Multiples of a network's files: what it holds while it is open, and the most it ever takes, on opening or in a pass. */
type Multiples = { readonly held: number; readonly peak: number };

/**
 * Of Karlo's networks at their full size on a processor, rounded up (docs/reports/performance.md). ONNX Runtime computes fp16 weights
 * in fp32 there, and holds some in both.
 */
const MULTIPLES: Readonly<Record<Precision, Readonly<Record<Kind, Multiples>>>> = {
  fp16: {
    "clip-text": { held: 2.1, peak: 2.4 },
    "clip-image": { held: 3, peak: 3.6 },
    prior: { held: 2.2, peak: 2.2 },
    decoder: { held: 2.8, peak: 3.7 },
    upsampler: { held: 3.1, peak: 4.4 },
  },
  fp32: {
    "clip-text": { held: 1.3, peak: 1.4 },
    "clip-image": { held: 1.1, peak: 1.1 },
    prior: { held: 1.2, peak: 1.2 },
    decoder: { held: 1.1, peak: 1.2 },
    upsampler: { held: 1.1, peak: 1.8 },
  },
};

/** Of an engine's process without its networks: Node, ONNX Runtime, pictures of 1024 px on their way. */
const ENGINE = 400e6;
/** Of a process for one network, without it. */
const APART = 100e6;

/** In bytes. */
export type NetworkMemory = {
  readonly stage: string;
  readonly file: string;
  readonly disk: number;
  readonly held: number;
  readonly peak: number;
};

export type MemoryEstimate = {
  readonly networks: readonly NetworkMemory[];
  /** Of an engine that keeps every network, and of one that keeps one at a time. */
  readonly all: number;
  readonly one: number;
};

export function estimateMemory(spec: BundleSpec): MemoryEstimate {
  const { clip, prior, decoder, upsamplers } = spec;
  const priors = [prior.diffusion?.network, prior.autoregressive?.network];
  const staged: [Kind, string, NetworkSpec | undefined][] = [
    ["clip-text", "clip-text", clip.text],
    ["clip-image", "clip-image", clip.image],
    ...priors.map((network): (typeof staged)[number] => ["prior", "prior", network]),
    ["decoder", "decoder", decoder.network],
    ...upsamplers.flatMap(({ to, network, last }): typeof staged => {
      const stage = upsamplerStage(to);
      return [
        ["upsampler", stage, network],
        ["upsampler", stage, last],
      ];
    }),
  ];
  const networks = staged.flatMap(([kind, stage, network]) =>
    network === undefined ? [] : [memoryOf(spec, kind, stage, network)],
  );
  const held = networks.reduce((total, network) => total + network.held, ENGINE);
  const rise = Math.max(...networks.map(({ held, peak }) => peak - held));
  return { networks, all: held + rise, one: ENGINE + APART + Math.max(...networks.map(({ peak }) => peak)) };
}

/** A network whose precision is not said is taken for the one that wants more. */
function memoryOf({ files }: BundleSpec, kind: Kind, stage: string, network: NetworkSpec): NetworkMemory {
  const disk = filesOf(files, network.file).reduce((total, name) => total + files[name]!.bytes, 0);
  const { held, peak } = MULTIPLES[network.precision ?? "fp16"][kind];
  return { stage, file: network.file, disk, held: disk * held, peak: disk * peak };
}

/** Bytes that this process may still take, of the machine and of its container where that has a limit. */
export function availableMemory(): number {
  const limit = process.constrainedMemory() ?? 0;
  const free = freemem();
  // Without a limit it is 0, undefined or beyond any machine's memory. What a container's other processes take is not seen.
  return limit > 0 ? Math.max(0, Math.min(free, limit - process.memoryUsage.rss())) : free;
}

/** How networks can be kept in so many bytes; undefined where even one is too large. */
export function fittingPlan({ all, one }: MemoryEstimate, available: number): MemoryPlan | undefined {
  if (all <= available) return "all";
  return one <= available ? "one" : undefined;
}

/** How an engine keeps its networks. Throws INSUFFICIENT_MEMORY where even one is too large; who names a way is believed. */
export function planMemory(spec: BundleSpec, memory: MemoryName, available: number): MemoryPlan {
  if (memory !== "auto") return memory;
  const needs = estimateMemory(spec);
  const kept = fittingPlan(needs, available);
  if (kept !== undefined) return kept;
  const need = `needs ${gigabytes(needs.one)} of memory with one network at a time, ${gigabytes(needs.all)} with all`;
  const cure = `with memory set to "one" it is opened all the same`;
  throw new UnclipError(
    "INSUFFICIENT_MEMORY",
    `The bundle ${spec.name} ${need}, and ${gigabytes(available)} are free here; ${cure}`,
  );
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
