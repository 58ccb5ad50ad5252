// The only module that loads ONNX Runtime, without its telemetry.
import type * as Ort from "onnxruntime-node";
import { disableTelemetry } from "./telemetry.ts";

export type Runtime = typeof Ort;
export type NativeSession = Ort.InferenceSession;
export type ValueMetadata = Ort.InferenceSession.ValueMetadata;

/** A static import would run before the first statement of this module. */
export async function loadRuntime(): Promise<Runtime> {
  disableTelemetry();
  return import("onnxruntime-node");
}
