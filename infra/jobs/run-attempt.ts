// Runs one attempt: loads the input pictures, draws, stores the results as blobs, then writes the record that names them.
import { UnclipError } from "../../models/errors.ts";
import type { Picture, Result, StageCache, Progress as Step } from "../../models/types.ts";
import type { Blobs } from "../ports.ts";
import type { Attempt } from "./attempt.ts";
import { deleteFiles, stagesFingerprint } from "./deletion.ts";
import { toStoredEmbedding } from "./embedding.ts";
import { readImages } from "./input-images.ts";
import type { DrawnPicture, Failure, StageTiming } from "./job.ts";
import { animationKey, pictureKey, previewKey, sheetKey, stageCacheKey } from "./keys.ts";
import type { AttemptOutcome, WorkerOptions } from "./worker-options.ts";

/** The content hook withheld a picture: the job fails and is not retried. */
export class ContentFlagged extends Error {}

/** Ends the attempt in every case. Rejects only if the record could not be written. */
export async function runAttempt(attempt: Attempt, signal: AbortSignal, options: WorkerOptions): Promise<void> {
  const start = performance.now();
  const { job } = attempt;
  let stages: readonly StageTiming[] = [];
  const report = (outcome: AttemptOutcome, error?: unknown) =>
    options.log.attempt({
      job: job.id,
      attempt: attempt.number,
      outcome,
      milliseconds: performance.now() - start,
      stages,
      ...(error !== undefined && { error }),
    });
  let results: Parameters<Attempt["succeed"]>;
  try {
    results = await draw(attempt, signal, options);
  } catch (error) {
    if (!signal.aborted) return report((await attempt.fail(toFailure(error))) ? "FAILED" : await stopped(), error);
    // If the worker is stopping, the job continues elsewhere. If the job was canceled or has expired, it has ended already.
    return report((await attempt.release()) ? "RELEASED" : await stopped());
  }
  stages = results[1].timings;
  report((await attempt.succeed(...results)) ? "SUCCEEDED" : await stopped());

  /** If the job was deleted meanwhile, its files may have been written after the deletion. */
  async function stopped(): Promise<AttemptOutcome> {
    if ((await options.store.get(job.id)) === undefined) await deleteFiles(job, options.blobs);
    return "STOPPED";
  }
}

async function draw(
  attempt: Attempt,
  signal: AbortSignal,
  { engine, blobs, inspect, log }: WorkerOptions,
): Promise<Parameters<Attempt["succeed"]>> {
  const { id, owner, request, pictures: count } = attempt.job;
  const images = await readImages(blobs, request);
  const drawn = new Map<number, Promise<DrawnPicture>>();
  let reporting: Promise<void> | undefined;
  let finished = false;
  try {
    const result = await engine.draw(request, images, {
      signal,
      onPicture: saveOnce,
      onProgress: (step) => {
        // One report at a time, because steps may be faster than the storage of their previews.
        if (reporting !== undefined || !attempt.wantsProgress(step.stage)) return;
        reporting = report(step)
          .catch((error) => log.error("recording progress", error))
          .finally(() => {
            reporting = undefined;
          });
      },
      stageCache: createStageCache(blobs, stagesFingerprint({ request, owner }), engine.digest),
    });
    finished = true;
    if (result.pictures.length !== count) {
      throw new Error(`The engine returned ${result.pictures.length} pictures instead of ${count}`);
    }
    return [await Promise.all(result.pictures.map(saveOnce)), await storeExtras(id, result, blobs)];
  } finally {
    // An attempt must not write after it has ended.
    await Promise.allSettled([...drawn.values(), reporting]);
  }

  function saveOnce(picture: Picture, index: number): Promise<DrawnPicture> {
    const saving = drawn.get(index) ?? save(picture, index);
    // Awaited once all pictures are drawn; until then a rejection must not count as unhandled.
    saving.catch(() => {});
    drawn.set(index, saving);
    return saving;
  }

  async function save({ png, embedding: vector, ...facts }: Picture, index: number): Promise<DrawnPicture> {
    await inspect?.(png, request);
    const key = pictureKey(id, index);
    await blobs.put(key, { bytes: png, contentType: "image/png" });
    const embedding = vector && toStoredEmbedding({ clip: engine.clip, vector });
    const picture = { index, key, ...facts, embedding };
    // Optional, like progress: the write that ends the job names every picture again, and may be the next one.
    if (!finished) await attempt.addPicture(picture).catch((error) => log.error("recording a picture", error));
    return picture;
  }

  async function report({ preview, ...step }: Step): Promise<void> {
    const key = preview && previewKey(id, step);
    if (key) await blobs.put(key, { bytes: await engine.preview(preview.rgb, preview.size), contentType: "image/png" });
    await attempt.progress({ ...step, preview: key });
  }
}

function createStageCache(blobs: Blobs, fingerprint: string, bundle: string): StageCache {
  return {
    load: async (stage) => (await blobs.get(stageCacheKey(fingerprint, bundle, stage)))?.bytes,
    save: async (stage, bytes) => {
      await blobs.put(stageCacheKey(fingerprint, bundle, stage), { bytes, contentType: "application/octet-stream" });
    },
  };
}

async function storeExtras(id: string, { sheet, animation, warnings, timings }: Result, blobs: Blobs) {
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

function toFailure(error: unknown): Failure {
  if (error instanceof ContentFlagged) return { code: "CONTENT_FLAGGED", message: error.message, retryable: false };
  if (error instanceof UnclipError) {
    const { code, message, retryable } = error;
    if (code === "INVALID_REQUEST" || code === "INVALID_PICTURE" || code === "NUMERIC_FAILURE") {
      return { code, message, retryable };
    }
  }
  // Clients get no internals; the log has the whole error.
  return { code: "INTERNAL", message: "The job failed because of an internal error.", retryable: true };
}
