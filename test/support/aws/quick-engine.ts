import type { Engine } from "../../../infra/jobs/engine.ts";
import { picturesOf } from "../../../infra/jobs/submit.ts";
import type { Picture } from "../../../models/request.ts";

/** Draws nothing, at once, and does to the world what the real one does: keeps a stage a picture, tells, hands over. */
export function quickEngine(): Engine {
  return {
    digest: "bundle",
    clip: "clip",
    draw: async (request, _, { signal, keep, onProgress, onPicture }) => {
      const pictures: Picture[] = [];
      const count = picturesOf(request);
      for (let index = 0; index < count; index++) {
        signal.throwIfAborted();
        // As the real one: what the keep fails at counts as not kept.
        const kept = await keep.load(`decoder/${index}`).catch(() => undefined);
        const preview = { size: 1, rgb: Uint8Array.of(index, 0, 0) };
        onProgress({ stage: "decoder", picture: index, pictures: count, step: 1, steps: 1, preview });
        if (kept === undefined) await keep.save(`decoder/${index}`, Buffer.from("kept")).catch(() => {});
        const seed = request.seed + index;
        pictures.push({ png: Buffer.from(`png of ${seed}`), size: 64, seed });
        onPicture(pictures[index]!, index);
      }
      return { pictures, warnings: [], timings: [{ stage: "decoder", milliseconds: 1 }] };
    },
    preview: async (rgb) => Buffer.from(`preview of ${rgb}`),
  };
}
