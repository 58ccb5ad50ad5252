// Implements the port Embedder with an engine, which gets the bytes of pictures.
import type { Embedding } from "../infra/jobs/embedding.ts";
import { readImage } from "../infra/jobs/input-images.ts";
import type { Blobs, Embedder } from "../infra/ports.ts";
import type { ImageOrPrompt } from "../models/request.ts";

type Engine = { readonly embed: (item: ImageOrPrompt) => Promise<Embedding> };

export function createEmbedder({ embed }: Engine, blobs: Pick<Blobs, "get">): Embedder {
  return {
    embed: async (item) => embed("image" in item ? { image: await readImage(blobs, item.image) } : item),
  };
}
