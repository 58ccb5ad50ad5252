// A bundle: a folder with bundle.json, networks (.onnx), a tokenizer and a few tensors. Every file is checked when the bundle is
// opened (size, SHA-256, shapes), because mismatched weights draw noise without any error.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { UnclipError } from "../errors.ts";
import { readSafetensors } from "../tensor/safetensors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { parseBundle } from "./parse.ts";
import { filesOfPart, type Part } from "./parts.ts";
import type { BundleSpec } from "./spec.ts";
import { shapeOf } from "./tensors.ts";

/** Large reads let the hash run at the processor's speed: 100 MB take about a tenth of a second. */
const READ_BYTES = 1 << 20;

export class Bundle {
  readonly folder: string;
  readonly spec: BundleSpec;
  readonly #tensors: ReadonlyMap<string, Tensor>;

  constructor(folder: string, spec: BundleSpec, tensors: ReadonlyMap<string, Tensor>) {
    this.folder = folder;
    this.spec = spec;
    this.#tensors = tensors;
  }

  path(file: string): string {
    return join(this.folder, file);
  }

  /** Throws INVALID_BUNDLE when the tensor is missing or has another shape. */
  tensor(name: string, shape: readonly number[]): Tensor {
    const tensor = this.#tensors.get(name);
    const { file } = this.spec.tensors;
    if (tensor === undefined) throw new UnclipError("INVALID_BUNDLE", `${file}: the tensor ${name} is missing`);
    if (tensor.shape.join() !== shape.join()) {
      const problem = `${name} must have the shape (${shape.join(", ")}), not (${tensor.shape.join(", ")})`;
      throw new UnclipError("INVALID_BUNDLE", `${file}: the tensor ${problem}`);
    }
    return tensor;
  }
}

type BundleOptions = {
  /** Gets bundle.json before the files are hashed, which takes a minute for large ones; what it throws is passed on. */
  readonly admit?: (spec: BundleSpec) => void;
  /** Files of another part need not be there. */
  readonly part?: Part;
};

/** Throws INVALID_BUNDLE, naming the file, unless the folder holds what its bundle.json lists. */
export async function openBundle(
  folder: string,
  { admit = () => {}, part = "all" }: BundleOptions = {},
): Promise<Bundle> {
  const spec = await readSpec(folder);
  const files = filesOfPart(spec, part).map((name) => [name, spec.files[name]!] as const);
  for (const [name, { bytes }] of files) await checkSize(join(folder, name), name, bytes);
  admit(spec);
  for (const [name, { sha256 }] of files) await checkDigest(join(folder, name), name, sha256);
  const { file, names } = spec.tensors;
  const tensors = readTensors(await readFile(join(folder, file)), file);
  const bundle = new Bundle(folder, spec, tensors);
  for (const name of names) bundle.tensor(name, shapeOf(name, spec));
  return bundle;
}

/** Reads bundle.json without checking the files it lists. Throws INVALID_BUNDLE. */
export async function readSpec(folder: string): Promise<BundleSpec> {
  return parseBundle(await readJson(folder));
}

async function readJson(folder: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(join(folder, "bundle.json"), "utf8");
  } catch (cause) {
    throw new UnclipError("INVALID_BUNDLE", `bundle.json cannot be read in ${folder}`, { cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UnclipError("INVALID_BUNDLE", `bundle.json in ${folder} is not JSON`, { cause });
  }
}

async function checkSize(path: string, name: string, expected: number): Promise<void> {
  const { size } = await stat(path).catch((cause) => {
    throw unreadable(name, cause);
  });
  if (size !== expected) {
    throw new UnclipError("INVALID_BUNDLE", `${name} has ${size} bytes, bundle.json says ${expected}`);
  }
}

async function checkDigest(path: string, name: string, expected: string): Promise<void> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: READ_BYTES }), hash).catch((cause) => {
    throw unreadable(name, cause);
  });
  const sha256 = hash.digest("hex");
  if (sha256 !== expected) {
    throw new UnclipError("INVALID_BUNDLE", `${name} is not the file of this bundle: its sha256 is ${sha256}`);
  }
}

function unreadable(name: string, cause: unknown): UnclipError {
  return new UnclipError("INVALID_BUNDLE", `${name} cannot be read`, { cause });
}

function readTensors(bytes: Uint8Array, name: string): ReadonlyMap<string, Tensor> {
  try {
    return readSafetensors(bytes);
  } catch (cause) {
    throw new UnclipError("INVALID_BUNDLE", `${name}: ${(cause as Error).message}`, { cause });
  }
}
