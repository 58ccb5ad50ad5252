// The outputs of finished stages in a StageCache: a second attempt loads them instead of running the stages again.
import { createHash } from "node:crypto";
import { throwIfCanceled } from "../errors.ts";
import { readSafetensors, writeSafetensors } from "../tensor/safetensors.ts";
import { allFinite, sizeOf, type Tensor } from "../tensor/tensor.ts";
import type { StageCache } from "../types.ts";

/** Larger outputs are not cached: a picture of 1024 px takes 12 MB, and only its encoding follows. */
const MAX_NUMBERS = 3 * 256 * 256;

const DIGEST_BYTES = 32;

type CacheEntry = {
  readonly stageCache: StageCache | undefined;
  readonly signal: AbortSignal;
  readonly name: string;
  /** Of the stage's output. */
  readonly shape: readonly number[];
};

/** The cached output of a stage, or the output of `make`, which is saved. Both are equal to the last bit. */
export async function cached(entry: CacheEntry, make: () => Promise<Tensor>): Promise<Tensor> {
  const { stageCache, signal, name, shape } = entry;
  if (stageCache === undefined || sizeOf(shape) > MAX_NUMBERS) return make();
  const found = await attempt(signal, async () => unpack(name, shape, await stageCache.load(name)));
  if (found !== undefined) return found;
  const made = await make();
  await attempt(signal, async () => stageCache.save(name, pack(name, made)));
  return made;
}

/** SHA-256, then the tensor as a safetensors file: the file alone would not reveal a changed number. */
export function pack(name: string, tensor: Tensor): Uint8Array<ArrayBuffer> {
  const file = writeSafetensors(new Map([[name, tensor]]));
  const bytes = new Uint8Array(DIGEST_BYTES + file.length);
  bytes.set(digestOf(file));
  bytes.set(file, DIGEST_BYTES);
  return bytes;
}

/** Returns undefined unless `pack` made the bytes of a tensor with this name and shape. */
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

/** Waits for the cache, but not past cancellation, since its store may hang. An error counts as a miss. Throws CANCELED. */
async function attempt<Out>(signal: AbortSignal, act: () => Promise<Out>): Promise<Out | undefined> {
  throwIfCanceled(signal);
  const result = await new Promise<Out | undefined>((resolve) => {
    const settle = (value?: Out) => {
      signal.removeEventListener("abort", miss);
      resolve(value);
    };
    const miss = () => settle();
    signal.addEventListener("abort", miss);
    act().then(settle, miss);
  });
  throwIfCanceled(signal);
  return result;
}
