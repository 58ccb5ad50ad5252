// The engine in a thread of its own. ONNX Runtime blocks the thread that runs it for a whole step, so a server that also
// answers, beats its heart and hears of cancellation keeps it here.
import { Worker } from "node:worker_threads";
import { UnclipError } from "../errors.ts";
import { pictoFolder } from "../picto.ts";
import {
  parseEmbed,
  parseGenerate,
  parseInterpolate,
  parseManipulate,
  parseReconstruct,
  parseScore,
  parseVariations,
} from "../request.ts";
import type { Control, Info, Result, StageCache, Unclip } from "../types.ts";
import type { UnclipOptions } from "../unclip.ts";
import { entryPoint } from "./entry-point.ts";
import {
  type CacheRequest,
  type FromWorker,
  type Method,
  type ToWorker,
  toError,
  type WorkerData,
} from "./protocol.ts";
import { answerCacheRequest } from "./remote-stage-cache.ts";

/** Requests are checked before they travel: the answer is quicker, and what is checked can be cloned. */
const PARSERS: Record<Method, (input: unknown) => unknown> = {
  generate: parseGenerate,
  variations: parseVariations,
  interpolate: parseInterpolate,
  manipulate: parseManipulate,
  reconstruct: parseReconstruct,
  embed: parseEmbed,
  score: parseScore,
};

/**
 * The same as openUnclip, in a worker thread. A call is canceled when the step that runs is over. When the thread dies,
 * what runs and what comes later rejects with INTERNAL (retryable, in a new host).
 */
export async function openUnclipInWorker(folder: string = pictoFolder(), options: UnclipOptions = {}): Promise<Unclip> {
  const data: WorkerData = { folder, options };
  const { file, argv } = entryPoint("worker", import.meta.url);
  const worker = new Worker(file, { workerData: data, execArgv: [], argv: [...argv] });
  const info = await ready(worker);
  return new Host(worker, info);
}

type Pending = {
  readonly control: Control;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
};

class Host implements Unclip {
  readonly info: Info;
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  readonly #ended: Promise<void>;
  #death: UnclipError | undefined;
  #calls = 0;

  constructor(worker: Worker, info: Info) {
    this.info = info;
    this.#worker = worker;
    worker.on("message", (message: FromWorker) => this.#hear(message));
    worker.on("error", (cause) => this.#die(dead(cause.message, cause)));
    this.#ended = new Promise((resolve) => {
      worker.once("exit", (code) => {
        this.#die(dead(`it ended with code ${code}`));
        resolve();
      });
    });
  }

  generate(request: unknown, control?: Control): Promise<Result> {
    return this.#call("generate", request, control);
  }

  variations(request: unknown, control?: Control): Promise<Result> {
    return this.#call("variations", request, control);
  }

  interpolate(request: unknown, control?: Control): Promise<Result> {
    return this.#call("interpolate", request, control);
  }

  manipulate(request: unknown, control?: Control): Promise<Result> {
    return this.#call("manipulate", request, control);
  }

  reconstruct(request: unknown, control?: Control): Promise<Result> {
    return this.#call("reconstruct", request, control);
  }

  embed(request: unknown, control?: Control): Promise<Float32Array> {
    return this.#call("embed", request, control);
  }

  score(request: unknown, control?: Control): Promise<number> {
    return this.#call("score", request, control);
  }

  async close(): Promise<void> {
    if (this.#death === undefined) this.#tell({ type: "close" });
    await this.#ended;
  }

  async #call<Out>(method: Method, input: unknown, control: Control = {}): Promise<Out> {
    const request = PARSERS[method](input);
    if (this.#death !== undefined) throw this.#death;
    const { signal, onProgress, previewEvery, onPicture, stageCache } = control;
    if (signal?.aborted) throw new UnclipError("CANCELED", "The call was canceled.", { cause: signal.reason });
    const id = ++this.#calls;
    const abort = () => this.#tell({ type: "abort", id });
    signal?.addEventListener("abort", abort);
    try {
      return await new Promise<Out>((resolve, reject) => {
        this.#pending.set(id, { control, resolve: resolve as Pending["resolve"], reject });
        const heard = { pictures: onPicture !== undefined, keeps: stageCache !== undefined };
        this.#tell({ type: "call", id, method, request, ...(onProgress && { progress: { previewEvery } }), ...heard });
      });
    } finally {
      signal?.removeEventListener("abort", abort);
      this.#pending.delete(id);
    }
  }

  #hear(message: FromWorker): void {
    if (!("id" in message)) return;
    const { id } = message;
    const pending = this.#pending.get(id);
    if (message.type === "keep") void this.#answer(message, pending?.control.stageCache);
    if (pending === undefined) return;
    if (message.type === "done") pending.resolve(message.value);
    if (message.type === "failed") pending.reject(toError(message.failure));
    try {
      if (message.type === "progress") pending.control.onProgress?.(message.progress);
      if (message.type === "picture") pending.control.onPicture?.(message.picture, message.index);
    } catch (cause) {
      // The listener's own error ends its call, as it does without a host, and not the process.
      this.#tell({ type: "abort", id });
      pending.reject(
        new UnclipError("INTERNAL", `The engine failed: ${(cause as Error)?.message ?? cause}`, { cause }),
      );
    }
  }

  /** Also where the call is over here: the engine's thread waits for every answer. */
  async #answer(message: CacheRequest, keep: StageCache | undefined): Promise<void> {
    const bytes = await answerCacheRequest(keep, message);
    this.#tell({ type: "kept", question: message.question, bytes }, bytes && [bytes.buffer]);
  }

  #die(error: UnclipError): void {
    this.#death ??= error;
    for (const { reject } of this.#pending.values()) reject(this.#death);
  }

  #tell(message: ToWorker, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }
}

/** Waits until the bundle is open. Throws what openUnclip throws there. */
async function ready(worker: Worker): Promise<Info> {
  return new Promise((resolve, reject) => {
    worker.once("error", (cause) => reject(dead(cause.message, cause)));
    worker.once("exit", (code) => reject(dead(`it ended with code ${code}`)));
    worker.once("message", (message: FromWorker) => {
      if (message.type === "ready") resolve(message.info);
      if (message.type === "unusable") reject(toError(message.failure));
    });
  });
}

function dead(why: string, cause?: unknown): UnclipError {
  return new UnclipError("INTERNAL", `The engine's thread is gone: ${why}`, { retryable: true, cause });
}
