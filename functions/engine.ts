// Implements the workers' engine port: opens a bundle in a thread of its own, and puts the pictures back into requests.
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Embedding } from "../infra/jobs/embedding.ts";
import type { Control, Engine } from "../infra/jobs/engine.ts";
import { sha256 } from "../infra/jobs/identity.ts";
import type { JobRequest } from "../infra/jobs/job.ts";
import type { StoredImage, StoredMixItem } from "../infra/jobs/stored-request.ts";
import { previewPng } from "../models/host/preview.ts";
import { openUnclipInWorker } from "../models/host/worker-client.ts";
import type { ImageOrPrompt } from "../models/request.ts";
import type { Info, Result, Unclip, UnclipOptions } from "../models/types.ts";
import { restartable } from "./restartable.ts";

export type OpenEngine = Engine & {
  readonly info: Info;
  /** Throws UnclipError. */
  readonly embed: (item: ImageOrPrompt) => Promise<Embedding>;
  readonly close: () => Promise<void>;
};

/** Throws UnclipError INVALID_BUNDLE, INSUFFICIENT_MEMORY. */
export async function openEngine(
  folder: string,
  threads: number,
  options: Pick<UnclipOptions, "memory" | "engines" | "provider" | "part"> = {},
): Promise<OpenEngine> {
  const engine = await restartable(() => openUnclipInWorker(folder, { threads, ...options }));
  const digest = sha256(await readFile(path.join(folder, "bundle.json")));
  const { info } = engine;
  const { clip } = info;
  return {
    digest,
    clip,
    info,
    draw: (request, images, control) => engine.call((unclip) => draw(unclip, request, images, control)),
    // The thread runs it between two steps of a drawing.
    embed: async (item) => ({ clip, vector: await engine.call((unclip) => unclip.embed(item)) }),
    preview: (rgb, size) => previewPng({ rgb, size }),
    close: () => engine.close(),
  };
}

function draw(
  unclip: Unclip,
  request: JobRequest,
  images: ReadonlyMap<string, Uint8Array>,
  control: Control,
): Promise<Result> {
  const bytes = ({ key }: StoredImage) => images.get(key)!;
  const mixed = (mix: readonly StoredMixItem[] | undefined) =>
    mix?.map((item) => ("image" in item ? { ...item, image: bytes(item.image) } : item));
  switch (request.kind) {
    case "generate": {
      const { kind: _, mix, ...input } = request;
      return unclip.generate({ ...input, mix: mixed(mix) }, control);
    }
    case "variations": {
      const { kind: _, image, mix, ...input } = request;
      return unclip.variations({ ...input, image: bytes(image), mix: mixed(mix) }, control);
    }
    case "manipulate": {
      const { kind: _, image, ...input } = request;
      return unclip.manipulate({ ...input, image: bytes(image) }, control);
    }
    case "reconstruct": {
      const { kind: _, image, ...input } = request;
      return unclip.reconstruct({ ...input, image: bytes(image) }, control);
    }
    case "interpolate": {
      const { kind: _, between, ...input } = request;
      const endpoints = between.map((endpoint) => ("image" in endpoint ? { image: bytes(endpoint.image) } : endpoint));
      return unclip.interpolate({ ...input, between: endpoints }, control);
    }
  }
}
