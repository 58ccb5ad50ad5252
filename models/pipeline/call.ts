// One call to the engine: its signal, progress, warnings and timings.
import { throwIfCanceled, UnclipError } from "../errors.ts";
import type { Run } from "../run.ts";
import { toRgb } from "../tensor/picture.ts";
import { resize } from "../tensor/resize.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Control, Picture, Progress, StageName, Timing, Warning } from "../types.ts";
import { cached } from "./stage-cache.ts";

/** Previews are thumbnails, because the API sends up to two a second. */
const PREVIEW_SIZE = 64;

/** A stage that takes denoising steps. */
export type Stage = {
  readonly name: StageName;
  /** Of its output. */
  readonly shape: readonly number[];
  /** From the x0 of a step to a picture (1, 3, s, s). Undefined where steps have no preview. */
  readonly preview?: ((x0: Tensor) => Tensor | Promise<Tensor>) | undefined;
};

export class Call {
  readonly warnings: Warning[] = [];
  readonly signal: AbortSignal;
  readonly #control: Control;
  readonly #timings = new Map<string, number>();

  constructor(control: Control, signal: AbortSignal) {
    this.#control = control;
    this.signal = signal;
  }

  get timings(): Timing[] {
    return Array.from(this.#timings, ([stage, milliseconds]) => ({ stage, milliseconds }));
  }

  /** Runs a stage for each item in turn; a function of it may give each item its own stage, where their shapes differ. */
  async each<In>(
    stage: Stage | ((item: In) => Stage),
    items: readonly In[],
    work: (item: In, run: Run) => Promise<Tensor>,
  ): Promise<Tensor[]> {
    const results: Tensor[] = [];
    for (const [picture, item] of items.entries()) {
      const place = { picture, pictures: items.length };
      const own = typeof stage === "function" ? stage(item) : stage;
      results.push(await this.one(own, place, (run) => work(item, run)));
    }
    return results;
  }

  /** Runs a stage for one picture of several, unless its output is in the stage cache. */
  async one(
    { name, shape, preview: toPicture }: Stage,
    { picture, pictures }: Pick<Progress, "picture" | "pictures">,
    work: (run: Run) => Promise<Tensor>,
  ): Promise<Tensor> {
    const onStep: Run["onStep"] = async ({ step, steps, x0 }) => {
      const wanted = x0 !== undefined && toPicture !== undefined && this.#wantsPreview(step, steps);
      const preview = wanted ? thumbnail(await toPicture(x0)) : undefined;
      const progress: Progress = { stage: name, picture, pictures, step, steps, ...(preview && { preview }) };
      this.#control.onProgress?.(progress);
    };
    const make = () => this.timed(name, () => work({ signal: this.signal, onStep }));
    const { stageCache } = this.#control;
    return cached({ stageCache, signal: this.signal, name: `${name}/${picture}`, shape }, make);
  }

  reportPicture(picture: Picture, index: number): void {
    this.#control.onPicture?.(picture, index);
  }

  /** Adds the time of `work` to the stage's. Throws CANCELED. */
  async timed<Out>(stage: string, work: () => Promise<Out>): Promise<Out> {
    throwIfCanceled(this.signal);
    const start = performance.now();
    try {
      return await work();
    } finally {
      this.#timings.set(stage, (this.#timings.get(stage) ?? 0) + performance.now() - start);
    }
  }

  #wantsPreview(step: number, steps: number): boolean {
    const { onProgress, previewEvery = 1 } = this.#control;
    return onProgress !== undefined && previewEvery > 0 && (step % previewEvery === 0 || step === steps);
  }
}

/** The running calls of one engine: closing it cancels them all. */
export class Calls {
  readonly #running = new Map<AbortController, Promise<unknown>>();
  #closed = false;

  /** Any error that is not an UnclipError becomes INTERNAL. */
  async run<Out>(control: Control, work: (call: Call) => Promise<Out>): Promise<Out> {
    if (this.#closed) throw new UnclipError("INTERNAL", "The engine is closed");
    throwIfCanceled(control.signal);
    const controller = new AbortController();
    const abort = () => controller.abort(control.signal?.reason);
    control.signal?.addEventListener("abort", abort);
    const running = work(new Call(control, controller.signal));
    this.#running.set(controller, running);
    try {
      return await running;
    } catch (error) {
      if (error instanceof UnclipError) throw error;
      throw new UnclipError("INTERNAL", `The engine failed: ${(error as Error)?.message ?? error}`, { cause: error });
    } finally {
      control.signal?.removeEventListener("abort", abort);
      this.#running.delete(controller);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const controller of this.#running.keys()) controller.abort(new Error("The engine is closing"));
    await Promise.allSettled(this.#running.values());
  }
}

/** Picture (1, 3, S, S) -> RGB of at most 64 x 64. */
function thumbnail(picture: Tensor): Progress["preview"] {
  const small = picture.shape[2]! > PREVIEW_SIZE ? resize(picture, PREVIEW_SIZE, PREVIEW_SIZE) : picture;
  const { width, data } = toRgb(small);
  return { size: width, rgb: data };
}
