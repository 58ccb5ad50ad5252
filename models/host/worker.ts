// The engine's thread: opens the bundle, then answers calls until it is closed.
import { parentPort, workerData } from "node:worker_threads";
import { toFailure } from "../error-transfer.ts";
import type { Control, Unclip } from "../types.ts";
import { openUnclip } from "../unclip.ts";
import { PARSERS } from "./parsers.ts";
import type { FromWorker, ToWorker, WorkerData } from "./protocol.ts";
import { RemoteStageCache } from "./remote-stage-cache.ts";

const port = parentPort!;
const running = new Map<number, AbortController>();
const stageCaches = new RemoteStageCache(send);

const { folder, options } = workerData as WorkerData;
openUnclip(folder, options).then(serve, (error: unknown) => send({ type: "unusable", failure: toFailure(error) }));

function serve(engine: Unclip): void {
  port.on("message", (message: ToWorker) => {
    if (message.type === "call") void answer(engine, message);
    else if (message.type === "abort") running.get(message.id)?.abort();
    else if (message.type === "cacheResponse") stageCaches.receive(message);
    // The thread ends by itself once its port is closed.
    else void engine.close().then(() => port.close());
  });
  send({ type: "ready", info: engine.info });
}

async function answer(engine: Unclip, message: ToWorker & { type: "call" }): Promise<void> {
  const { id, method, progress, pictures } = message;
  const controller = new AbortController();
  running.set(id, controller);
  const control: Control = {
    signal: controller.signal,
    ...(progress && { ...progress, onProgress: (step) => send({ type: "progress", id, progress: step }) }),
    ...(pictures && { onPicture: (picture, index) => send({ type: "picture", id, picture, index }) }),
    ...(message.hasCache && { stageCache: stageCaches.of(id) }),
  };
  try {
    const call = engine[method] as (request: unknown, control: Control) => Promise<unknown>;
    const request = PARSERS[method].adopt(message.request);
    send({ type: "done", id, value: await call.call(engine, request, control) });
  } catch (error) {
    send({ type: "failed", id, failure: toFailure(error) });
  } finally {
    running.delete(id);
  }
}

function send(message: FromWorker, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}
