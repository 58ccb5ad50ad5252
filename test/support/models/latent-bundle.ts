// A bundle of latents with small random weights, made by models/training/tiny_latent.py.
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import type { Unclip, UnclipOptions } from "../../../models/types.ts";
import { openUnclip } from "../../../models/unclip.ts";
import { copyOf } from "./tiny-bundle.ts";

export const LATENT = fileURLToPath(new URL("../../bundles/latent", import.meta.url));

/** The engine of the running test, with `changes` of bundle.json by path. */
export async function openLatent(
  changes: Record<string, unknown> = {},
  options: UnclipOptions = { threads: 1 },
): Promise<Unclip> {
  const engine = await openUnclip(Object.keys(changes).length === 0 ? LATENT : await copyOf(LATENT, changes), options);
  onTestFinished(() => engine.close());
  return engine;
}
