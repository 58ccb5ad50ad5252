import { availableParallelism } from "node:os";
import type { AwsSettings } from "../../infra/config/env.ts";
import { bundleFolder } from "../bundle-folder.ts";
import { type OpenEngine, openEngine } from "../engine.ts";

/** The engine of an image, with the whole machine for itself. Throws UnclipError: INVALID_BUNDLE, or a provider that fails. */
export function engineOf({ bundle, provider }: AwsSettings): Promise<OpenEngine> {
  return openEngine(bundleFolder({ bundle }), availableParallelism(), { provider });
}
