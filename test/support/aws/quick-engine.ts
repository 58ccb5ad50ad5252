import type { Engine } from "../../../infra/jobs/engine.ts";
import type { Picture } from "../../../models/types.ts";
import { picturesOf } from "../../../models/work.ts";

/** Computes nothing, but uses its control as the real engine does: caches a stage per picture, reports progress and pictures. */
export function quickEngine(): Engine {
  return {
    digest: "bundle",
    clip: "clip",
    draw: async (request, _, { signal, stageCache, onProgress, onPicture }) => {
      const pictures: Picture[] = [];
      const count = picturesOf(request);
      for (let index = 0; index < count; index++) {
        signal.throwIfAborted();
        // As in the real engine, a failing cache counts as empty.
        const cached = await stageCache.load(`decoder/${index}`).catch(() => undefined);
        const preview = { size: 1, rgb: Uint8Array.of(index, 0, 0) };
        onProgress({ stage: "decoder", picture: index, pictures: count, step: 1, steps: 1, preview });
        if (cached === undefined) await stageCache.save(`decoder/${index}`, Buffer.from("cached")).catch(() => {});
        const seed = request.seed + index;
        pictures.push({ png: Buffer.from(`png of ${seed}`), size: 64, seed });
        onPicture(pictures[index]!, index);
      }
      return { pictures, warnings: [], timings: [{ stage: "decoder", milliseconds: 1 }] };
    },
    preview: async (rgb) => Buffer.from(`preview of ${rgb}`),
  };
}
