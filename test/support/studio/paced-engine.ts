// The engine on the tiny bundle, which waits in the middle of a drawing for as long as a test wants to look at the page.
import { type OpenEngine, openEngine } from "../../../functions/engine.ts";
import type { Control } from "../../../infra/jobs/engine.ts";
import type { JobRequest } from "../../../infra/jobs/job.ts";
import { UnclipError } from "../../../models/errors.ts";
import { picturesOf } from "../../../models/work.ts";

/** Pixels on a side. */
const PREVIEW = 16;

export class Pace {
  #held = false;
  #resume = () => {};
  #released = Promise.resolve();

  /** The next drawings stop after a first preview. */
  hold(): void {
    if (this.#held) return;
    this.#held = true;
    this.#released = new Promise((resolve) => {
      this.#resume = resolve;
    });
  }

  release(): void {
    this.#held = false;
    this.#resume();
  }

  /** For `start` of functions/local/start.ts. */
  readonly openEngine: typeof openEngine = async (...given): Promise<OpenEngine> => {
    const engine = await openEngine(...given);
    return {
      ...engine,
      draw: async (request, images, control) => {
        if (this.#held) await this.#wait(request, control);
        return engine.draw(request, images, control);
      },
    };
  };

  async #wait(request: JobRequest, { signal, onProgress }: Control): Promise<void> {
    const pictures = picturesOf(request);
    const canceled = new Promise<never>((_, reject) => {
      const stop = () => reject(new UnclipError("CANCELED", "The drawing was canceled."));
      if (signal.aborted) stop();
      signal.addEventListener("abort", stop, { once: true });
    });
    const preview = { size: PREVIEW, rgb: CHECKERS };
    onProgress({ stage: "decoder", picture: 0, pictures, step: 1, steps: 4, preview });
    await Promise.race([this.#released, canceled]);
  }
}

/** RGB, PREVIEW x PREVIEW x 3. */
const CHECKERS = Uint8Array.from({ length: PREVIEW * PREVIEW * 3 }, (_, i) => {
  const at = Math.floor(i / 3);
  return (Math.floor(at / PREVIEW / 4) + Math.floor((at % PREVIEW) / 4)) % 2 === 0 ? 140 : 245;
});
