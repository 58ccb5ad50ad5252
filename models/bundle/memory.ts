// The memory that a bundle's networks need, estimated from the sizes of their files.
import type { Halves } from "../diffusion/guidance.ts";
import type { NetworkSpec, Precision } from "./networks.ts";
import { type NetworkKind, networksOf, type Part, type StagedNetwork } from "./parts.ts";
import { type BundleSpec, filesOf } from "./spec.ts";

/** Multiples of the size of a network's files: its memory while open, and its peak, on opening or in a pass. */
type Multiples = { readonly held: number; readonly peak: number };

/**
 * Measured with Karlo's networks at full size on a CPU, rounded up (docs/reports/performance.md). ONNX Runtime computes fp16 weights
 * in fp32 on a CPU, and holds some of them in both.
 */
const MULTIPLES: Readonly<Record<Precision, Readonly<Record<NetworkKind, Multiples>>>> = {
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

/**
 * Multiples of the declared activations that ONNX Runtime and malloc need, measured with MoVQ and rounded up: in the engine's
 * process, and in a network's own, which frees more of it (models/onnx/isolated.ts).
 */
export const ACTIVATION_MULTIPLES = { all: 2.5, one: 1.5 };

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
  /** The most that a pass adds while every network is open. */
  readonly pass: number;
  /** With every network open, and with one open at a time. */
  readonly all: number;
  readonly one: number;
};

type EstimateOptions = {
  /** Of the pictures that are drawn, which the activations of some networks depend on. */
  readonly size?: number;
  readonly part?: Part;
  /** Whether the two halves of the decoder's guidance run as one batch, as they are declared. */
  readonly halves?: Halves;
};

export function estimateMemory(
  spec: BundleSpec,
  { size = spec.defaultSize, part = "all", halves = "together" }: EstimateOptions = {},
): MemoryEstimate {
  const networks = networksOf(spec, part).map((staged) => memoryOf(spec, staged, size, halves));
  const held = networks.reduce((total, network) => total + network.held, ENGINE_BYTES);
  const pass = ACTIVATION_MULTIPLES.all * Math.max(...networks.map(({ activations }) => activations));
  return {
    networks,
    pass,
    all: held + Math.max(pass, ...networks.map(({ held, peak }) => peak - held)),
    one: ENGINE_BYTES + ISOLATED_PROCESS_BYTES + Math.max(...networks.map(({ peak }) => peak)),
  };
}

/** A network without a declared precision is assumed to be fp16, which needs more. */
function memoryOf(
  { files }: BundleSpec,
  { kind, stage, network }: StagedNetwork,
  size: number,
  halves: Halves,
): NetworkMemory {
  const disk = filesOf(files, network.file).reduce((total, name) => total + files[name]!.bytes, 0);
  const multiples = MULTIPLES[network.precision ?? "fp16"][kind];
  const held = disk * multiples.held;
  const rows = stage === "decoder" && halves === "apart" ? 0.5 : 1;
  const activations = rows * activationBytes(network, size);
  return {
    stage,
    file: network.file,
    disk,
    held,
    peak: Math.max(disk * multiples.peak, held + ACTIVATION_MULTIPLES.one * activations),
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
