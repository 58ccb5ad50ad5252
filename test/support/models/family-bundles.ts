// Published models' forms with small random weights, made by models/training/NAME/golden.py.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { copyOf, replaceFile } from "./tiny-bundle.ts";

export const KANDINSKY = fileURLToPath(new URL("../../bundles/kandinsky", import.meta.url));
export const STABLE_UNCLIP = fileURLToPath(new URL("../../bundles/stable-unclip", import.meta.url));
/** A prior, and its entry for bundle.json. */
const ECLIPSE = fileURLToPath(new URL("../../bundles/eclipse", import.meta.url));

/** A copy, for the running test, of the bundle with ECLIPSE's prior instead of its own. */
export async function withEclipse(bundle: string): Promise<string> {
  const prior = JSON.parse(await readFile(join(ECLIPSE, "prior.json"), "utf8"));
  const { presets } = JSON.parse(await readFile(join(bundle, "bundle.json"), "utf8"));
  const direct = { direct: { priorSamples: 1 } };
  const changes = Object.fromEntries(Object.keys(presets).map((name) => [`presets.${name}.prior`, direct]));
  const folder = await copyOf(bundle, { ...changes, prior });
  const { file } = prior.direct.network;
  await replaceFile(folder, file, await readFile(join(ECLIPSE, file)));
  return folder;
}
