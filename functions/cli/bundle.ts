import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { UnclipError } from "../../models/errors.ts";
import { hostUnclip } from "../../models/host/host.ts";
import type { Unclip } from "../../models/request.ts";
import { mistake } from "./arguments.ts";
import type { Values } from "./options.ts";

/** Ships with the package, so it is found from every folder. */
const PICTO = fileURLToPath(new URL("../../models/bundles/picto", import.meta.url));

export function bundleOf({ bundle }: Values): string {
  return bundle === undefined ? PICTO : resolve(bundle);
}

/** Opens the engine for `work`, and closes it whatever happens. Opening takes no signal, so an abort just stops waiting. */
export async function withEngine<Out>(
  values: Values,
  signal: AbortSignal,
  work: (engine: Unclip) => Promise<Out>,
): Promise<Out> {
  const { threads } = values;
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1)) {
    throw mistake(`--threads must be a whole number of at least 1, not ${threads}`);
  }
  const engine = await Promise.race([hostUnclip(bundleOf(values), { threads }), canceled(signal)]);
  try {
    return await work(engine);
  } finally {
    await engine.close();
  }
}

function canceled(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = () => reject(new UnclipError("CANCELED", "The call was canceled."));
    if (signal.aborted) fail();
    signal.addEventListener("abort", fail, { once: true });
  });
}
