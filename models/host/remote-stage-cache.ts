// The two halves of a keep: the engine's thread asks, the caller's thread, where the keep is, answers.
import type { StageCache } from "../types.ts";
import type { CacheRequest, FromWorker, ToWorker } from "./protocol.ts";

type Tell = (message: FromWorker, transfer: ArrayBuffer[]) => void;

/** In the engine's thread: stands for the keeps of all calls. */
export class RemoteStageCache {
  readonly #tell: Tell;
  readonly #open = new Map<number, (bytes: Uint8Array | undefined) => void>();
  #questions = 0;

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  /** The keep of one call. What is saved leaves this thread with its buffer: models/pipeline/stage-cache.ts makes one for each save. */
  of(id: number): StageCache {
    return {
      load: (name) => this.#ask({ id, name }),
      save: async (name, bytes) => {
        await this.#ask({ id, name, bytes });
      },
    };
  }

  hear({ question, bytes }: ToWorker & { type: "kept" }): void {
    this.#open.get(question)?.(bytes);
    this.#open.delete(question);
  }

  #ask(asked: Omit<CacheRequest, "type" | "question">): Promise<Uint8Array | undefined> {
    const question = ++this.#questions;
    return new Promise((resolve) => {
      this.#open.set(question, resolve);
      this.#tell({ type: "keep", question, ...asked }, asked.bytes ? [asked.bytes.buffer as ArrayBuffer] : []);
    });
  }
}

/** In the caller's thread. The answer is a copy to give away: the keep may hold what it loaded, or a part of a pool. */
export async function answerCacheRequest(
  keep: StageCache | undefined,
  { name, bytes }: CacheRequest,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    if (bytes !== undefined) await keep?.save(name, bytes);
    const found = bytes === undefined ? await keep?.load(name) : undefined;
    return found && new Uint8Array(found);
  } catch {
    // As without a host, an error of the keep counts as nothing kept.
    return undefined;
  }
}
