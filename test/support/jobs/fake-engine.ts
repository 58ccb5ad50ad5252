// An engine that computes nothing, takes a known time, and fails on demand.
import type { Control, Engine } from "../../../infra/jobs/engine.ts";
import type { JobRequest } from "../../../infra/jobs/job.ts";
import { UnclipError } from "../../../models/errors.ts";
import type { Picture, Result } from "../../../models/types.ts";
import { picturesOf } from "../../../models/work.ts";

const STEPS = 4;
const STEP_MS = 250;

/** One call of `draw`, for assertions. */
type EngineCall = {
  readonly request: JobRequest;
  readonly signal: AbortSignal;
  readonly ran: string[];
  ended: boolean;
};

/** Called before each stage. Throws to make the engine fail there. */
export type EngineBehaviour = (call: EngineCall, stage: string, nth: number) => void | Promise<void>;

export class FakeEngine implements Engine {
  readonly digest = "bundle";
  readonly clip = "clip";
  readonly calls: EngineCall[] = [];
  readonly #behaviour: EngineBehaviour;

  constructor(behaviour: EngineBehaviour = () => {}) {
    this.#behaviour = behaviour;
  }

  get last(): EngineCall {
    return this.calls.at(-1)!;
  }

  async draw(request: JobRequest, images: ReadonlyMap<string, Uint8Array>, control: Control): Promise<Result> {
    const nth = this.calls.length;
    const call: EngineCall = { request, signal: control.signal, ran: [], ended: false };
    this.calls.push(call);
    try {
      const pictures: Picture[] = [];
      const shown = [...images.values()].map((bytes) => Buffer.from(bytes).toString()).join();
      for (let picture = 0; picture < picturesOf(request); picture++) {
        for (const stage of ["prior", "decoder"]) {
          await this.#behaviour(call, `${stage}/${picture}`, nth);
          await this.#stage(call, stage, picture, control);
        }
        const seed = request.seed + picture;
        const embedding = Float32Array.of(seed, -1, 0);
        pictures.push({ png: Buffer.from(`png of ${seed}${shown}`), size: 64, seed, embedding });
        control.onPicture(pictures[picture]!, picture);
      }
      await this.#behaviour(call, "end", nth);
      return { pictures, sheet: Buffer.from("sheet"), warnings: [], timings: [{ stage: "decoder", milliseconds: 1 }] };
    } finally {
      call.ended = true;
    }
  }

  async preview(rgb: Uint8Array): Promise<Uint8Array> {
    return Buffer.from(`preview of ${rgb}`);
  }

  async #stage(
    call: EngineCall,
    stage: string,
    picture: number,
    { signal, stageCache, onProgress }: Control,
  ): Promise<void> {
    const name = `${stage}/${picture}`;
    // As in the real engine, a failing cache counts as empty.
    if (await stageCache.load(name).catch(() => undefined)) return;
    for (let step = 1; step <= STEPS; step++) {
      if (signal.aborted) throw new UnclipError("CANCELED", "canceled");
      await new Promise((resolve) => setTimeout(resolve, STEP_MS));
      const preview = { size: 1, rgb: Uint8Array.of(picture, step, 0) };
      const place = { stage: "decoder", picture, pictures: picturesOf(call.request), step, steps: STEPS } as const;
      onProgress(stage === "decoder" ? { ...place, preview } : { ...place, stage: "prior" });
    }
    if (signal.aborted) throw new UnclipError("CANCELED", "canceled");
    call.ran.push(name);
    await stageCache.save(name, Buffer.from(name)).catch(() => {});
  }
}
