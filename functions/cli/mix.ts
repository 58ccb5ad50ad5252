// The values of --mix: a picture, a caption or an embedding, and its share.
import type { MixItem } from "../../models/request.ts";
import { usageError } from "./arguments.ts";
import { isPicture, readPicture, readText } from "./inputs.ts";

export type Mix = {
  readonly mix?: readonly MixItem[];
  /** The pictures in it, by path. */
  readonly pictures: ReadonlyMap<string, Uint8Array>;
};

/** Throws INVALID_REQUEST. */
export async function readMix(words: readonly string[] = []): Promise<Mix> {
  const pictures = new Map<string, Uint8Array>();
  const mix: MixItem[] = [];
  for (const word of words) {
    const [, what, share] = /^(.*?)(?:=(\d*\.?\d+))?$/s.exec(word)!;
    const weight = share === undefined ? {} : { weight: Number(share) };
    if (/\.json$/i.test(what!)) mix.push({ embedding: await readEmbedding(what!), ...weight });
    else if (await isPicture(what!)) {
      const image = await readPicture(what!);
      pictures.set(what!, image);
      mix.push({ image, ...weight });
    } else mix.push({ prompt: what!, ...weight });
  }
  return { ...(mix.length > 0 && { mix }), pictures };
}

/** The numbers of a file: a list, or what "embed --json" prints. The engine checks them. */
async function readEmbedding(path: string): Promise<readonly number[]> {
  const text = await readText(path, "an embedding");
  try {
    const value = JSON.parse(text);
    return Array.isArray(value) ? value : value.embedding;
  } catch {
    throw usageError(`${path} is not JSON`);
  }
}
