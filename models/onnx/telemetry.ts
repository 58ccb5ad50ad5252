import { isMainThread } from "node:worker_threads";
import { UnclipError } from "../errors.ts";

/** Read by ONNX Runtime once per process, when it starts. On Windows it has no effect (docs/internals/threat-model.md). */
const VARIABLE = "ORT_DISABLE_TELEMETRY";

/**
 * Turns off the telemetry of ONNX Runtime's official builds: from 1.29 on they write a device id below HOME and send events to
 * Microsoft. Call it before ONNX Runtime is loaded, and in the main thread before a thread that loads it starts: a thread has
 * a copy of the environment, which native code does not see. Throws INTERNAL in a thread that started without the variable.
 */
export function disableTelemetry(): void {
  if (isMainThread) process.env[VARIABLE] = "1";
  else if (process.env[VARIABLE] !== "1") {
    throw new UnclipError(
      "INTERNAL",
      `The environment of this thread lacks ${VARIABLE}=1, without which ONNX Runtime sends telemetry. ` +
        `Set it for the whole process, or use openUnclipInWorker in the main thread`,
    );
  }
}
