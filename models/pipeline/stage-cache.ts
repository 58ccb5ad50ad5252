// The outputs of finished stages, kept outside the engine: a second attempt takes them instead of computing them again.
import { createHash } from "node:crypto";
import { throwIfCanceled } from "../run.ts";
import { readSafetensors, writeSafetensors } from "../tensor/safetensors.ts";
import { allFinite, sizeOf, type Tensor } from "../tensor/tensor.ts";
import type { StageCache } from "../types.ts";

/** A picture of 256 is the largest that is kept: one of 1024 has 12 MB, and nothing but its PNG comes after it. */
const MOST_NUMBERS = 3 * 256 * 256;

const DIGEST_BYTES = 32;

export type CacheEntry = {
  readonly keep: StageCache | undefined;
  readonly signal: AbortSignal;
  readonly name: string;
  /** Of the stage's output. */
  readonly shape: readonly number[];
};

/** What is kept under the name, or what `make` makes, which is kept then. Both are the same to the last bit. */
export async function cached({ keep, signal, name, shape }: CacheEntry, make: () => Promise<Tensor>): Promise<Tensor> {
  if (keep === undefined || sizeOf(shape) > MOST_NUMBERS) return make();
  const found = await asked(signal, async () => unpack(name, shape, await keep.load(name)));
  if (found !== undefined) return found;
  const made = await make();
  await asked(signal, async () => keep.save(name, pack(name, made)));
  return made;
}

/** The tensor as a safetensors file behind its SHA-256: the file alone would not show a changed number. */
export function pack(name: string, tensor: Tensor): Uint8Array<ArrayBuffer> {
  const file = writeSafetensors(new Map([[name, tensor]]));
  const bytes = new Uint8Array(DIGEST_BYTES + file.length);
  bytes.set(digestOf(file));
  bytes.set(file, DIGEST_BYTES);
  return bytes;
}

/** undefined unless the bytes are what `pack` made of such a tensor under this name. */
export function unpack(name: string, shape: readonly number[], bytes: Uint8Array | undefined): Tensor | undefined {
  if (bytes === undefined || bytes.length < DIGEST_BYTES) return undefined;
  const file = bytes.subarray(DIGEST_BYTES);
  if (!digestOf(file).equals(bytes.subarray(0, DIGEST_BYTES))) return undefined;
  const tensor = readSafetensors(file).get(name);
  return tensor !== undefined && `${tensor.shape}` === `${shape}` && allFinite(tensor) ? tensor : undefined;
}

function digestOf(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}

/** Waits for the keep, yet not past cancellation: its store may hang. An error of its own counts as nothing kept. */
async function asked<Out>(signal: AbortSignal, act: () => Promise<Out>): Promise<Out | undefined> {
  throwIfCanceled(signal);
  const answer = await new Promise<Out | undefined>((resolve) => {
    const give = (value?: Out) => {
      signal.removeEventListener("abort", nothing);
      resolve(value);
    };
    const nothing = () => give();
    signal.addEventListener("abort", nothing);
    act().then(give, nothing);
  });
  throwIfCanceled(signal);
  return answer;
}
