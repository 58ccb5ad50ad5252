// One call to the engine: its signal, its progress, its warnings and how long each stage took.
import { UnclipError } from "../errors.ts";
import { type Run, throwIfCanceled } from "../run.ts";
import { toRgb } from "../tensor/picture.ts";
import { resize } from "../tensor/resize.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Control, Picture, Progress, StageName, Timing, Warning } from "../types.ts";
import { cached } from "./stage-cache.ts";

/** Previews are thumbnails: an API sends them twice a second. */
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

  /** Runs a stage for every item, one item after the other. */
  async each<In>(
    stage: StageName,
    items: readonly In[],
    shape: readonly number[],
    work: (item: In, run: Run) => Promise<Tensor>,
  ): Promise<Tensor[]> {
    const results: Tensor[] = [];
    for (const [picture, item] of items.entries()) {
      const place = { picture, pictures: items.length };
      results.push(await this.one(stage, place, shape, (run) => work(item, run)));
    }
    return results;
  }

  /** Runs a stage for one picture of several, unless its result, of the given shape, is kept. */
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
    return cached({ keep: this.#control.stageCache, signal: this.signal, name: `${stage}/${picture}`, shape }, make);
  }

  drawn(picture: Picture, index: number): void {
    this.#control.onPicture?.(picture, index);
  }

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

/** The calls of one engine, so that closing it can end them all. */
export class Calls {
  readonly #running = new Map<AbortController, Promise<unknown>>();
  #closed = false;

  /** What is not an UnclipError already becomes INTERNAL. */
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

/** x0 (1, 3, S, S) -> at most 64 x 64 RGB; what a prior draws is no picture. */
function previewOf(x0: Tensor): Progress["preview"] {
  const side = x0.shape[2];
  if (x0.shape.length !== 4 || side === undefined) return undefined;
  const { width, data } = toRgb(side > PREVIEW_SIZE ? resize(x0, PREVIEW_SIZE, PREVIEW_SIZE) : x0);
  return { size: width, rgb: data };
}
