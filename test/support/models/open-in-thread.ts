// A thread of a library's user: opens a bundle with `openUnclip` and posts what came of it.
import { parentPort, workerData } from "node:worker_threads";
import { openUnclip, type UnclipError } from "../../../models/index.ts";

try {
  const unclip = await openUnclip(workerData.folder);
  await unclip.embed({ prompt: "a red apple" });
  parentPort!.postMessage("opened");
} catch (error) {
  const { code, message } = error as UnclipError;
  parentPort!.postMessage(`${code}: ${message}`);
}
