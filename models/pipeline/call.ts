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

  /** Runs a stage for each item in turn; `shape` is that of every output, or of each. */
  async each<In>(
    stage: StageName,
    items: readonly In[],
    shape: readonly number[] | ((item: In) => readonly number[]),
    work: (item: In, run: Run) => Promise<Tensor>,
  ): Promise<Tensor[]> {
    const results: Tensor[] = [];
    for (const [picture, item] of items.entries()) {
      const place = { picture, pictures: items.length };
      const own = typeof shape === "function" ? shape(item) : shape;
      results.push(await this.one(stage, place, own, (run) => work(item, run)));
    }
    return results;
  }

  /** Runs a stage for one picture of several, unless its output, of this shape, is in the stage cache. */
  async one(
    stage: StageName,
    { picture, pictures }: Pick<Progress, "picture" | "pictures">,
    shape: readonly number[],
    work: (run: Run) => Promise<Tensor>,
  ): Promise<Tensor> {
    const onStep: Run["onStep"] = ({ step, steps, x0 }) => {
      const preview = x0 !== undefined && this.#wantsPreview(step, steps) ? previewOf(x0) : undefined;
      const progress: Progress = { stage, picture, pictures, step, steps, ...(preview && { preview }) };
      this.#control.onProgress?.(progress);
    };
    const make = () => this.timed(stage, () => work({ signal: this.signal, onStep }));
    const { stageCache } = this.#control;
    return cached({ stageCache, signal: this.signal, name: `${stage}/${picture}`, shape }, make);
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

/** x0 (1, 3, S, S) -> RGB of at most 64 x 64; undefined for the prior, whose x0 is an embedding. */
function previewOf(x0: Tensor): Progress["preview"] {
  const side = x0.shape[2];
  if (x0.shape.length !== 4 || side === undefined) return undefined;
  const { width, data } = toRgb(side > PREVIEW_SIZE ? resize(x0, PREVIEW_SIZE, PREVIEW_SIZE) : x0);
  return { size: width, rgb: data };
}
