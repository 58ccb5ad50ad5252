// An engine that draws nothing in a known time, so that a benchmark measures the service around it.
import { setTimeout as sleep } from "node:timers/promises";
import type { OpenEngine } from "../../functions/engine.ts";
import type { Control } from "../../infra/jobs/engine.ts";
import type { JobRequest } from "../../infra/jobs/job.ts";
import { UnclipError } from "../../models/errors.ts";
import { previewPng } from "../../models/host/preview.ts";
import type { Picture, Result } from "../../models/types.ts";
import { picturesOf } from "../../models/work.ts";
import { MODEL_PRESETS } from "../support/models/model-presets.ts";

/** No steps: each picture is there at once. `seed`: only requests with this seed have the steps, and others none. */
export type Pace = { readonly steps: number; readonly stepMs: number; readonly seed?: number };

const SIZE = 64;
const RGB = new Uint8Array(SIZE * SIZE * 3).fill(128);
const INFO: OpenEngine["info"] = {
  name: "nothing",
  version: "1.0.0",
  licence: "Apache-2.0",
  attribution: "nobody",
  clip: "nothing",
  dimensions: 64,
  contextLength: 32,
  sizes: [64, 256],
  defaultSize: 256,
  priors: ["diffusion"],
  capabilities: ["embed-text", "embed-image", "invert-image"],
  presets: MODEL_PRESETS,
  scenes: false,
  attributes: [],
  bytes: 0,
};

/** The result contains the duration, to the microsecond. */
export async function openPacedEngine(pace: Pace): Promise<OpenEngine> {
  const png = await previewPng({ size: SIZE, rgb: RGB });
  return {
    digest: "nothing",
    clip: INFO.clip,
    info: INFO,
    draw: (request, _, control) => draw(request, control, png, pace),
    embed: async () => ({ clip: INFO.clip, vector: new Float32Array(INFO.dimensions) }),
    preview: (rgb, size) => previewPng({ rgb, size }),
    close: async () => {},
  };
}

async function draw(request: JobRequest, control: Control, png: Uint8Array, pace: Pace): Promise<Result> {
  const { stepMs, seed = request.seed } = pace;
  const steps = request.seed === seed ? pace.steps : 0;
  const start = performance.now();
  const count = picturesOf(request);
  const pictures: Picture[] = [];
  for (let index = 0; index < count; index++) {
    for (let step = 1; step <= steps; step++) {
      await sleep(stepMs);
      if (control.signal.aborted) throw new UnclipError("CANCELED", "canceled");
      const preview = { size: SIZE, rgb: RGB };
      control.onProgress({ stage: "decoder", picture: index, pictures: count, step, steps, preview });
    }
    pictures.push({ png, size: SIZE, seed: request.seed + index });
    control.onPicture(pictures[index]!, index);
  }
  return { pictures, warnings: [], timings: [{ stage: "decoder", milliseconds: performance.now() - start }] };
}
