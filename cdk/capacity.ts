// What a bundle needs of Lambda and of GPU machines, from the sizes that bundle.json declares. What does not fit would fail only
// after the deployment, in its first job.

import { ConfigError } from "../infra/config/parsers.ts";
import { estimateMemory } from "../models/bundle/memory.ts";
import { filesOfPart, type Part } from "../models/bundle/parts.ts";
import type { BundleSpec } from "../models/bundle/spec.ts";
import type { Settings } from "./settings.ts";

const MIB = 2 ** 20;
/** AWS's limits of a function: its image, all layers together, and its memory. */
const LAMBDA = { image: 10e9, memory: 10_240 * MIB };
/** Of the image without weights, rounded up: AWS's base, Node.js, ONNX Runtime and sharp. */
const IMAGE_BYTES = 1e9;
/** Of each GPU, by the family of its instance types. */
const GPU_BYTES: Readonly<Record<string, number>> = { g4dn: 16e9, g5: 24e9, g6: 24e9, g6e: 48e9 };

/** What a part of a bundle needs on Lambda. */
type Needs = { readonly image: number; readonly memory: number };

function needsOf(spec: BundleSpec, part: Part): Needs {
  const weights = filesOfPart(spec, part).reduce((total, file) => total + spec.files[file]!.bytes, 0);
  return { image: IMAGE_BYTES + weights, memory: estimateMemory(spec, { part }).one };
}

const fits = ({ image, memory }: Needs) => image <= LAMBDA.image && memory <= LAMBDA.memory;

/** Whether a function of Lambda can hold the bundle's CLIP, which embeds captions and pictures. */
export function embedsOnLambda(spec: BundleSpec): boolean {
  return fits(needsOf(spec, "clip"));
}

type Capacity = Pick<Settings, "memory"> & {
  readonly gpu?: Pick<NonNullable<Settings["gpu"]>, "instances"> | undefined;
};

/** Throws ConfigError, with the size, the limit and what to do, for a bundle that does not fit where it would draw or embed. */
export function checkCapacity(spec: BundleSpec, settings: Capacity): void {
  if (settings.gpu === undefined) checkLambda(spec, "all", settings.memory);
  else checkGpu(spec, settings.gpu.instances);
  if (embedsOnLambda(spec)) checkLambda(spec, "clip", settings.memory);
}

function checkLambda(spec: BundleSpec, part: Part, memory: number): void {
  const needs = needsOf(spec, part);
  const what = part === "all" ? `the bundle ${spec.name}` : `CLIP of the bundle ${spec.name}`;
  const instead = "draw on GPU machines with gpu=on and weights=s3, or import the model with --precision fp16";
  if (needs.image > LAMBDA.image) {
    const image = `makes an image of ${gigabytes(needs.image)}, and Lambda's limit is ${gigabytes(LAMBDA.image)}`;
    throw new ConfigError(`${what} ${image}: ${instead}`);
  }
  if (needs.memory <= memory * MIB) return;
  const needed = `needs ${gigabytes(needs.memory)} of memory with one network open at a time`;
  if (needs.memory > LAMBDA.memory) {
    throw new ConfigError(`${what} ${needed}, and Lambda's limit is ${gigabytes(LAMBDA.memory)}: ${instead}`);
  }
  const enough = Math.ceil(needs.memory / MIB);
  throw new ConfigError(
    `${what} ${needed}, and memory=${memory} gives functions ${gigabytes(memory * MIB)}: set it to ${enough} or more`,
  );
}

/** All networks are open on a GPU, and hold their files and the activations of the pass that needs most. */
function checkGpu(spec: BundleSpec, instances: readonly string[]): void {
  const { networks } = estimateMemory(spec);
  const weights = networks.reduce((total, { disk }) => total + disk, 0);
  const needed = weights + Math.max(...networks.map(({ activations }) => activations));
  const small = instances.filter((type) => (GPU_BYTES[type.split(".")[0]!] ?? Number.POSITIVE_INFINITY) < needed);
  if (small.length === 0) return;
  const fitting = Object.keys(GPU_BYTES).filter((family) => GPU_BYTES[family]! >= needed);
  const cure = fitting.length === 0 ? "no known family of instances is large enough" : `${fitting.join(", ")} fit`;
  throw new ConfigError(
    `the bundle ${spec.name} needs ${gigabytes(needed)} of GPU memory, and ${small.join(", ")} of gpuInstances have less: ` +
      `${cure}, or import the model with --precision fp16`,
  );
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
