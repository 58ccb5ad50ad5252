// The engine in a worker thread. ONNX Runtime blocks its thread for a whole step, so a server that also answers requests, sends
// heartbeats and receives cancellations runs the engine here.
import { Worker } from "node:worker_threads";
import { entryPoint } from "../entry-point.ts";
import { toError } from "../error-transfer.ts";
import { throwIfCanceled, UnclipError } from "../errors.ts";
import { disableTelemetry } from "../onnx/telemetry.ts";
import { pictoFolder } from "../picto.ts";
import type { Control, Info, Result, StageCache, Unclip, UnclipOptions } from "../types.ts";
import { PARSERS } from "./parsers.ts";
import type { CacheRequest, FromWorker, Method, ToWorker, WorkerData } from "./protocol.ts";
import { answerCacheRequest } from "./remote-stage-cache.ts";

/**
 * The same as `openUnclip`, in a worker thread. A canceled call rejects when its current step ends. When the thread dies, running
 * and later calls reject with INTERNAL, which is retryable in a new worker.
 */
export async function openUnclipInWorker(folder: string = pictoFolder(), options: UnclipOptions = {}): Promise<Unclip> {
  const data: WorkerData = { folder, options };
  const { file, argv } = entryPoint("worker", import.meta.url);
  disableTelemetry();
  const worker = new Worker(file, { workerData: data, execArgv: [], argv: [...argv] });
  const info = await ready(worker);
  return new WorkerClient(worker, info);
}

type Pending = {
  readonly control: Control;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
};

class WorkerClient implements Unclip {
  readonly info: Info;
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  readonly #ended: Promise<void>;
  #death: UnclipError | undefined;
  #calls = 0;

  constructor(worker: Worker, info: Info) {
    this.info = info;
    this.#worker = worker;
    worker.on("message", (message: FromWorker) => this.#receive(message));
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
    if (this.#death === undefined) this.#send({ type: "close" });
    await this.#ended;
  }

  async #call<Out>(method: Method, input: unknown, control: Control = {}): Promise<Out> {
    // Parsed before it is sent: errors come at once, and a parsed request can be cloned.
    const request = PARSERS[method](input);
    if (this.#death !== undefined) throw this.#death;
    const { signal, onProgress, previewEvery, onPicture, stageCache } = control;
    throwIfCanceled(signal);
    const id = ++this.#calls;
    const abort = () => this.#send({ type: "abort", id });
    signal?.addEventListener("abort", abort);
    try {
      return await new Promise<Out>((resolve, reject) => {
        this.#pending.set(id, { control, resolve: resolve as Pending["resolve"], reject });
        const wants = { pictures: onPicture !== undefined, hasCache: stageCache !== undefined };
        this.#send({ type: "call", id, method, request, ...(onProgress && { progress: { previewEvery } }), ...wants });
      });
    } finally {
      signal?.removeEventListener("abort", abort);
      this.#pending.delete(id);
    }
  }

  #receive(message: FromWorker): void {
    if (!("id" in message)) return;
    const { id } = message;
    const pending = this.#pending.get(id);
    if (message.type === "cacheRequest") void this.#answerCache(message, pending?.control.stageCache);
    if (pending === undefined) return;
    if (message.type === "done") pending.resolve(message.value);
    if (message.type === "failed") pending.reject(toError(message.failure));
    try {
      if (message.type === "progress") pending.control.onProgress?.(message.progress);
      if (message.type === "picture") pending.control.onPicture?.(message.picture, message.index);
    } catch (cause) {
      // An error of the listener fails its call, as in a single thread, and not the process.
      this.#send({ type: "abort", id });
      pending.reject(
        new UnclipError("INTERNAL", `The engine failed: ${(cause as Error)?.message ?? cause}`, { cause }),
      );
    }
  }

  /** Responds also after the call has ended here: the engine's thread waits for every response. */
  async #answerCache(message: CacheRequest, stageCache: StageCache | undefined): Promise<void> {
    const bytes = await answerCacheRequest(stageCache, message);
    this.#send({ type: "cacheResponse", requestId: message.requestId, bytes }, bytes && [bytes.buffer]);
  }

  #die(error: UnclipError): void {
    this.#death ??= error;
    for (const { reject } of this.#pending.values()) reject(this.#death);
  }

  #send(message: ToWorker, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }
}

/** Waits until the bundle is open. Throws what `openUnclip` throws in the thread. */
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
