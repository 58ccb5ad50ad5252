// Memory planning: what a bundle's networks need, what is available, and whether all networks can be open at once.
import { freemem } from "node:os";
import type { NetworkSpec, Precision } from "../bundle/networks.ts";
import { type BundleSpec, filesOf, sizesOf } from "../bundle/spec.ts";
import { UnclipError } from "../errors.ts";
import type { MemoryName } from "../request.ts";
import { upsamplerStage } from "../types.ts";

export type MemoryPlan = Exclude<MemoryName, "auto">;

type Kind = "clip-text" | "clip-image" | "prior" | "decoder" | "upsampler";

/** Multiples of the size of a network's files: its memory while open, and its peak, on opening or in a pass. */
type Multiples = { readonly held: number; readonly peak: number };

/**
 * Measured with Karlo's networks at full size on a CPU, rounded up (docs/reports/performance.md). ONNX Runtime computes fp16 weights
 * in fp32 on a CPU, and holds some of them in both.
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

/** Bytes of an engine's process without its networks: Node, ONNX Runtime, pictures of 1024 px in flight. */
const ENGINE_BYTES = 400e6;
/** Bytes of the process of one network, without the network. */
const ISOLATED_PROCESS_BYTES = 100e6;

/** In bytes. */
type NetworkMemory = {
  readonly stage: string;
  readonly file: string;
  readonly disk: number;
  readonly held: number;
  readonly peak: number;
  /** Of one pass, as declared; 0 where nothing is. */
  readonly activations: number;
};

export type MemoryEstimate = {
  readonly networks: readonly NetworkMemory[];
  /** With every network open, and with one open at a time. */
  readonly all: number;
  readonly one: number;
};

/** `size`: of the pictures that are drawn, which the activations of some networks depend on. */
export function estimateMemory(spec: BundleSpec, size: number = spec.defaultSize): MemoryEstimate {
  const { clip, prior, decoder, upsamplers } = spec;
  const priors = [prior.diffusion, prior.autoregressive, prior.direct].map((each) => each?.network);
  const staged: [Kind, string, NetworkSpec | undefined][] = [
    ["clip-text", "clip-text", clip.text],
    ["clip-image", "clip-image", clip.image],
    ...priors.map((network): (typeof staged)[number] => ["prior", "prior", network]),
    ["clip-text", "decoder-text", decoder.textEncoder?.network],
    ["decoder", "decoder", decoder.network],
    ["decoder", "autoencoder", decoder.latent?.encode],
    ["decoder", "autoencoder", decoder.latent?.decode],
    ...upsamplers.flatMap(({ to, network, last }): typeof staged => {
      const stage = upsamplerStage(to);
      return [
        ["upsampler", stage, network],
        ["upsampler", stage, last],
      ];
    }),
  ];
  const networks = staged.flatMap(([kind, stage, network]) =>
    network === undefined ? [] : [memoryOf(spec, { kind, stage, network, size })],
  );
  const held = networks.reduce((total, network) => total + network.held, ENGINE_BYTES);
  const rise = Math.max(...networks.map(({ held, peak }) => peak - held));
  return {
    networks,
    all: held + rise,
    one: ENGINE_BYTES + ISOLATED_PROCESS_BYTES + Math.max(...networks.map(({ peak }) => peak)),
  };
}

type Placed = { readonly kind: Kind; readonly stage: string; readonly network: NetworkSpec; readonly size: number };

/** A network without a declared precision is assumed to be fp16, which needs more. */
function memoryOf({ files }: BundleSpec, { kind, stage, network, size }: Placed): NetworkMemory {
  const disk = filesOf(files, network.file).reduce((total, name) => total + files[name]!.bytes, 0);
  const multiples = MULTIPLES[network.precision ?? "fp16"][kind];
  const held = disk * multiples.held;
  const activations = activationBytes(network, size);
  return {
    stage,
    file: network.file,
    disk,
    held,
    peak: Math.max(disk * multiples.peak, held + activations),
    activations,
  };
}

/** Of the declared size that is next above, or of the largest one by area. */
function activationBytes({ activations = [] }: NetworkSpec, size: number): number {
  const above = activations.find((each) => each.size >= size);
  if (above !== undefined) return above.bytes;
  const largest = activations.at(-1);
  return largest === undefined ? 0 : largest.bytes * (size / largest.size) ** 2;
}

/** Bytes that this process can still allocate, within the machine and the limit of its container. */
export function availableMemory(): number {
  const limit = process.constrainedMemory() ?? 0;
  const free = freemem();
  // Without a limit it is 0, undefined or larger than any machine's memory. Other processes of the container are not counted.
  return limit > 0 ? Math.max(0, Math.min(free, limit - process.memoryUsage.rss())) : free;
}

/** The plan that fits into `available` bytes; undefined when not even one network at a time fits. */
export function fittingPlan({ all, one }: MemoryEstimate, available: number): MemoryPlan | undefined {
  if (all <= available) return "all";
  return one <= available ? "one" : undefined;
}

/** An explicit plan is followed; "auto" throws INSUFFICIENT_MEMORY when not even one network at a time fits. */
export function planMemory(spec: BundleSpec, memory: MemoryName, available: number): MemoryPlan {
  if (memory !== "auto") return memory;
  const needs = estimateMemory(spec);
  const plan = fittingPlan(needs, available);
  if (plan !== undefined) return plan;
  const need = `needs ${gigabytes(needs.one)} of memory with one network at a time, ${gigabytes(needs.all)} with all`;
  throw new UnclipError(
    "INSUFFICIENT_MEMORY",
    `The bundle ${spec.name} ${need}, but ${gigabytes(available)} are free; memory "one" opens it anyway`,
  );
}

/**
 * Throws INSUFFICIENT_MEMORY, naming the sizes that fit, when pictures of `size` need more than `available` bytes beside what
 * the plan holds open.
 */
export function checkSize(spec: BundleSpec, size: number, plan: MemoryPlan, available: number): void {
  const needed = (each: number) => {
    const { networks, one } = estimateMemory(spec, each);
    return plan === "one" ? one : Math.max(...networks.map(({ activations }) => activations));
  };
  if (needed(size) <= available) return;
  const fitting = sizesOf(spec).filter((each) => needed(each) <= available);
  const problem = `needs ${gigabytes(needed(size))} of memory for pictures of ${size} pixels`;
  const fits = fitting.length === 0 ? "no size fits" : `${fitting.join(", ")} fit`;
  throw new UnclipError(
    "INSUFFICIENT_MEMORY",
    `The bundle ${spec.name} ${problem}, but ${gigabytes(available)} are free; ${fits}`,
  );
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
