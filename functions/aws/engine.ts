import { availableParallelism } from "node:os";
import type { AwsSettings } from "../../infra/config/env.ts";
import type { UnclipOptions } from "../../models/types.ts";
import { bundleFolder } from "../bundle-folder.ts";
import { type OpenEngine, openEngine } from "../engine.ts";

/**
 * Opens the image's engine, or its CLIP alone, with all processors. Throws UnclipError: INVALID_BUNDLE, or if the provider
 * fails.
 */
export function openWorkerEngine({ bundle, provider }: AwsSettings, part?: UnclipOptions["part"]): Promise<OpenEngine> {
  return openEngine(bundleFolder({ bundle }), availableParallelism(), { provider, part });
}
