// One attempt at one job: its pictures in, the engine's out, blobs before the record that names them.
import { UnclipError } from "../../models/errors.ts";
import type { Picture, Result, Progress as Step } from "../../models/request.ts";
import type { Blobs } from "../ports.ts";
import type { Attempt } from "./attempt.ts";
import { storedEmbedding } from "./embedding.ts";
import { fingerprintOf } from "./identity.ts";
import { readImages } from "./input-images.ts";
import type { DrawnPicture, Failure, StageTiming } from "./job.ts";
import { animationKey, pictureKey, previewKey, sheetKey, stageKey } from "./keys.ts";
import type { WorkerOptions } from "./worker.ts";

/** Held back by the content hook: the job fails, and no retry helps. */
export class ContentFlagged extends Error {}

/** Ends the attempt one way or the other; rejects only when the record itself could not be written. */
export async function runAttempt(attempt: Attempt, signal: AbortSignal, options: WorkerOptions): Promise<void> {
  const start = performance.now();
  const { job } = attempt;
  let stages: readonly StageTiming[] = [];
  const tell = (outcome: "SUCCEEDED" | "FAILED" | "HANDED_BACK" | "STOPPED", error?: unknown) =>
    options.log.attempt({
      job: job.id,
      attempt: attempt.number,
      outcome,
      milliseconds: performance.now() - start,
      stages,
      ...(error !== undefined && { error }),
    });
  let ended: Parameters<Attempt["succeed"]>;
  try {
    ended = await draw(attempt, signal, options);
  } catch (error) {
    if (!signal.aborted) return tell((await attempt.fail(failureOf(error))) ? "FAILED" : "STOPPED", error);
    // Stopped by the worker's own end, the job goes on elsewhere; by its cancellation or a deadline, it is over already.
    return tell((await attempt.release()) ? "HANDED_BACK" : "STOPPED");
  }
  stages = ended[1].timings;
  tell((await attempt.succeed(...ended)) ? "SUCCEEDED" : "STOPPED");
}

async function draw(
  attempt: Attempt,
  signal: AbortSignal,
  { engine, blobs, inspect, log }: WorkerOptions,
): Promise<Parameters<Attempt["succeed"]>> {
  const { id, request, pictures: asked } = attempt.job;
  const images = await readImages(blobs, request);
  const digest = fingerprintOf(request, { bundle: engine.digest });
  const drawn = new Map<number, Promise<DrawnPicture>>();
  let reporting: Promise<void> | undefined;
  let finished = false;
  try {
    const result = await engine.draw(request, images, {
      signal,
      onPicture: saveOnce,
      onProgress: (step) => {
        // One at a time: steps may be faster than their previews are stored.
        if (reporting !== undefined || !attempt.wantsProgress(step.stage)) return;
        reporting = report(step)
          .catch((error) => log.trouble("progress", error))
          .finally(() => {
            reporting = undefined;
          });
      },
      keep: {
        load: async (stage) => (await blobs.get(stageKey(digest, stage)))?.bytes,
        save: async (stage, bytes) =>
          void (await blobs.put(stageKey(digest, stage), { bytes, contentType: "application/octet-stream" })),
      },
    });
    finished = true;
    if (result.pictures.length !== asked) {
      throw new Error(`The engine drew ${result.pictures.length} pictures of ${asked}`);
    }
    return [await Promise.all(result.pictures.map(saveOnce)), await extras(id, result, blobs)];
  } finally {
    // An attempt that has ended writes no more.
    await Promise.allSettled([...drawn.values(), reporting]);
  }

  function saveOnce(picture: Picture, index: number): Promise<DrawnPicture> {
    const saving = drawn.get(index) ?? save(picture, index);
    // It is awaited when all are drawn; until then a rejection must not count as unhandled.
    saving.catch(() => {});
    drawn.set(index, saving);
    return saving;
  }

  async function save({ png, embedding: vector, ...facts }: Picture, index: number): Promise<DrawnPicture> {
    await inspect?.(png, request);
    const key = pictureKey(id, index);
    await blobs.put(key, { bytes: png, contentType: "image/png" });
    const embedding = vector && storedEmbedding({ clip: engine.clip, vector });
    const picture = { index, key, ...facts, embedding };
    // News like progress: the write that ends the job names every picture again, and may be the next one.
    if (!finished) await attempt.addPicture(picture).catch((error) => log.trouble("the news of a picture", error));
    return picture;
  }

  async function report({ preview, ...step }: Step): Promise<void> {
    const key = preview && previewKey(id, step);
    if (key) await blobs.put(key, { bytes: await engine.preview(preview.rgb, preview.size), contentType: "image/png" });
    await attempt.progress({ ...step, preview: key });
  }
}

async function extras(id: string, { sheet, animation, warnings, timings }: Result, blobs: Blobs) {
  const put = async (key: string, bytes: Uint8Array, contentType: string) => {
    await blobs.put(key, { bytes, contentType });
    return key;
  };
  return {
    sheet: sheet && (await put(sheetKey(id), sheet, "image/png")),
    animation: animation && {
      key: await put(animationKey(id, animation.format), animation.bytes, `image/${animation.format}`),
      format: animation.format,
    },
    warnings,
    timings,
  };
}

function failureOf(error: unknown): Failure {
  if (error instanceof ContentFlagged) return { code: "CONTENT_FLAGGED", message: error.message, retryable: false };
  if (error instanceof UnclipError) {
    const { code, message, retryable } = error;
    if (code === "INVALID_REQUEST" || code === "INVALID_PICTURE" || code === "NUMERIC_FAILURE") {
      return { code, message, retryable };
    }
  }
  // Ours, or the world's: told to clients without its insides, which the log has whole.
  return { code: "INTERNAL", message: "The job failed for a reason that is not its own.", retryable: true };
}
