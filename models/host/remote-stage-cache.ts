// The stage cache across threads: the engine's thread sends requests, the caller's thread, which has the cache, responds.
import type { StageCache } from "../types.ts";
import type { CacheRequest, FromWorker, ToWorker } from "./protocol.ts";

type Send = (message: FromWorker, transfer: ArrayBuffer[]) => void;

/** In the engine's thread: stands for the stage caches of all calls. */
export class RemoteStageCache {
  readonly #send: Send;
  readonly #pending = new Map<number, (bytes: Uint8Array | undefined) => void>();
  #requests = 0;

  constructor(send: Send) {
    this.#send = send;
  }

  /** The stage cache of one call. Saved bytes are transferred: models/pipeline/stage-cache.ts makes a buffer for each save. */
  of(id: number): StageCache {
    return {
      load: (name) => this.#request({ id, name }),
      save: async (name, bytes) => {
        await this.#request({ id, name, bytes });
      },
    };
  }

  receive({ requestId, bytes }: ToWorker & { type: "cacheResponse" }): void {
    this.#pending.get(requestId)?.(bytes);
    this.#pending.delete(requestId);
  }

  #request(request: Omit<CacheRequest, "type" | "requestId">): Promise<Uint8Array | undefined> {
    const requestId = ++this.#requests;
    const transfer = request.bytes ? [request.bytes.buffer as ArrayBuffer] : [];
    return new Promise((resolve) => {
      this.#pending.set(requestId, resolve);
      this.#send({ type: "cacheRequest", requestId, ...request }, transfer);
    });
  }
}

/** In the caller's thread. Loaded bytes are copied before they are transferred: the cache may hold them, or a part of a pool. */
export async function answerCacheRequest(
  stageCache: StageCache | undefined,
  { name, bytes }: CacheRequest,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    if (bytes !== undefined) await stageCache?.save(name, bytes);
    const found = bytes === undefined ? await stageCache?.load(name) : undefined;
    return found && new Uint8Array(found);
  } catch {
    // As in a single thread, an error of the cache counts as a miss.
    return undefined;
  }
}
