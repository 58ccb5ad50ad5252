// The disk space and memory that an import needs, before it starts.
import { open, readdir, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { UnclipError } from "../../../models/errors.ts";
import { availableMemory } from "../../../models/host/memory-report.ts";
import { formatBytes } from "../memory-report.ts";

export type Precision = "fp32" | "fp16";

const BYTES: Readonly<Record<Precision, number>> = { fp32: 4, fp16: 2 };
/**
 * Peak for each weight of the largest network: PyTorch holds it in 4 bytes, and after that ONNX Runtime opens its file, in 4.8
 * or 7.5 (docs/reports/performance.md). A fifth is for everything else.
 */
const EXPORT_BYTES: Readonly<Record<Precision, number>> = { fp32: 6, fp16: 9 };

/** Numbers of the weights of networks. */
export type Weights = { readonly all: number; readonly largest: number };

/** Counts the weights of all networks in the folders, from the headers of their safetensors files. */
export async function countWeights(folders: readonly string[]): Promise<Weights> {
  const counts: number[] = [];
  for (const folder of folders) {
    for (const part of await readdir(folder, { withFileTypes: true })) {
      if (!part.isDirectory()) continue;
      const files = (await readdir(join(folder, part.name))).filter((name) => name.endsWith(".safetensors"));
      let count = 0;
      for (const file of files) count += await countIn(join(folder, part.name, file));
      counts.push(count);
    }
  }
  return { all: counts.reduce((sum, count) => sum + count, 0), largest: Math.max(0, ...counts) };
}

/** Throws INVALID_REQUEST when the disk of `target` has too little space, INSUFFICIENT_MEMORY when memory does not suffice. */
export async function checkNeeds({ all, largest }: Weights, target: string, precision: Precision): Promise<void> {
  const { bavail, bsize } = await statfs(dirname(target));
  const disk = all * BYTES[precision];
  if (disk > bavail * bsize) {
    const message = `${target} needs ${formatBytes(disk)}, and its disk has ${formatBytes(bavail * bsize)} free`;
    throw new UnclipError("INVALID_REQUEST", message);
  }
  const memory = largest * EXPORT_BYTES[precision];
  const free = availableMemory();
  if (memory > free) {
    const message = `the import needs ${formatBytes(memory)} of memory for its largest network, and ${formatBytes(free)} are free`;
    throw new UnclipError("INSUFFICIENT_MEMORY", message);
  }
}

/** The numbers in a safetensors file: a length of 8 bytes, then a JSON header with the shape of each tensor. */
async function countIn(path: string): Promise<number> {
  const file = await open(path);
  try {
    const { buffer: length } = await file.read(Buffer.alloc(8), 0, 8, 0);
    const bytes = Number(length.readBigUInt64LE());
    const { size } = await file.stat();
    if (bytes > size - 8) throw new UnclipError("INVALID_REQUEST", `${path}: is cut short`);
    const { buffer } = await file.read(Buffer.alloc(bytes), 0, bytes, 8);
    const { __metadata__: _, ...tensors } = JSON.parse(buffer.toString("utf8"));
    const shapes = Object.values<{ shape: number[] }>(tensors);
    return shapes.reduce((sum, { shape }) => sum + shape.reduce((product, axis) => product * axis, 1), 0);
  } finally {
    await file.close();
  }
}
