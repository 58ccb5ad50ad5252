// The engine's thread: opens the bundle, then answers calls until it is told to close.
import { parentPort, workerData } from "node:worker_threads";
import type { Control, Unclip } from "../types.ts";
import { openUnclip } from "../unclip.ts";
import { type FromWorker, type ToWorker, toFailure, type WorkerData } from "./protocol.ts";
import { RemoteStageCache } from "./remote-stage-cache.ts";

const port = parentPort!;
const running = new Map<number, AbortController>();
const keeps = new RemoteStageCache(tell);

const { folder, options } = workerData as WorkerData;
openUnclip(folder, options).then(serve, (error: unknown) => tell({ type: "unusable", failure: toFailure(error) }));

function serve(engine: Unclip): void {
  port.on("message", (message: ToWorker) => {
    if (message.type === "call") void answer(engine, message);
    else if (message.type === "abort") running.get(message.id)?.abort();
    else if (message.type === "kept") keeps.hear(message);
    // Without a port to listen to, the thread ends by itself.
    else void engine.close().then(() => port.close());
  });
  tell({ type: "ready", info: engine.info });
}

async function answer(engine: Unclip, message: ToWorker & { type: "call" }): Promise<void> {
  const { id, method, request, progress, pictures } = message;
  const controller = new AbortController();
  running.set(id, controller);
  const control: Control = {
    signal: controller.signal,
    ...(progress && { ...progress, onProgress: (told) => tell({ type: "progress", id, progress: told }) }),
    ...(pictures && { onPicture: (picture, index) => tell({ type: "picture", id, picture, index }) }),
    ...(message.keeps && { stageCache: keeps.of(id) }),
  };
  try {
    const call = engine[method] as (request: unknown, control: Control) => Promise<unknown>;
    tell({ type: "done", id, value: await call.call(engine, request, control) });
  } catch (error) {
    tell({ type: "failed", id, failure: toFailure(error) });
  } finally {
    running.delete(id);
  }
}

function tell(message: FromWorker, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}
