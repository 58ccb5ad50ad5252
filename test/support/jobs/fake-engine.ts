// An engine that draws nothing, in known time, and fails when told to.
import type { Control, Engine } from "../../../infra/jobs/engine.ts";
import type { JobRequest } from "../../../infra/jobs/job.ts";
import { picturesOf } from "../../../infra/jobs/submit.ts";
import { UnclipError } from "../../../models/errors.ts";
import type { Picture, Result } from "../../../models/request.ts";

const STEPS = 4;
const STEP_MS = 250;

/** One call: what it did, for tests to look at. */
export type Call = {
  readonly request: JobRequest;
  readonly signal: AbortSignal;
  readonly ran: string[];
  over: boolean;
};

/** Called before each stage; throws for the engine to fail there. */
export type EngineBehaviour = (call: Call, stage: string, nth: number) => void | Promise<void>;

export class FakeEngine implements Engine {
  readonly digest = "bundle";
  readonly clip = "clip";
  readonly calls: Call[] = [];
  readonly #trick: EngineBehaviour;

  constructor(trick: EngineBehaviour = () => {}) {
    this.#trick = trick;
  }

  get last(): Call {
    return this.calls.at(-1)!;
  }

  async draw(request: JobRequest, images: ReadonlyMap<string, Uint8Array>, control: Control): Promise<Result> {
    const nth = this.calls.length;
    const call: Call = { request, signal: control.signal, ran: [], over: false };
    this.calls.push(call);
    try {
      const pictures: Picture[] = [];
      const shown = [...images.values()].map((bytes) => Buffer.from(bytes).toString()).join();
      for (let picture = 0; picture < picturesOf(request); picture++) {
        for (const stage of ["prior", "decoder"]) {
          await this.#trick(call, `${stage}/${picture}`, nth);
          await this.#stage(call, stage, picture, control);
        }
        const seed = request.seed + picture;
        const embedding = Float32Array.of(seed, -1, 0);
        pictures.push({ png: Buffer.from(`png of ${seed}${shown}`), size: 64, seed, embedding });
        control.onPicture(pictures[picture]!, picture);
      }
      await this.#trick(call, "end", nth);
      return { pictures, sheet: Buffer.from("sheet"), warnings: [], timings: [{ stage: "decoder", milliseconds: 1 }] };
    } finally {
      call.over = true;
    }
  }

  async preview(rgb: Uint8Array): Promise<Uint8Array> {
    return Buffer.from(`preview of ${rgb}`);
  }

  async #stage(call: Call, stage: string, picture: number, { signal, keep, onProgress }: Control): Promise<void> {
    const name = `${stage}/${picture}`;
    // As the real one: what the keep fails at counts as not kept.
    if (await keep.load(name).catch(() => undefined)) return;
    for (let step = 1; step <= STEPS; step++) {
      if (signal.aborted) throw new UnclipError("CANCELED", "canceled");
      await new Promise((resolve) => setTimeout(resolve, STEP_MS));
      const preview = { size: 1, rgb: Uint8Array.of(picture, step, 0) };
      const place = { stage: "decoder", picture, pictures: picturesOf(call.request), step, steps: STEPS } as const;
      onProgress(stage === "decoder" ? { ...place, preview } : { ...place, stage: "prior" });
    }
    if (signal.aborted) throw new UnclipError("CANCELED", "canceled");
    call.ran.push(name);
    await keep.save(name, Buffer.from(name)).catch(() => {});
  }
}
