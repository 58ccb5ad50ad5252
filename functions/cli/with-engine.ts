import { cliSettings } from "../../infra/config/env.ts";
import { UnclipError } from "../../models/errors.ts";
import { openUnclipInWorker } from "../../models/host/worker-client.ts";
import { MEMORY } from "../../models/request.ts";
import type { Unclip } from "../../models/types.ts";
import { bundleFolder } from "../bundle-folder.ts";
import { usageError } from "./arguments.ts";
import { ENGINE, type Values } from "./options.ts";
import { openRemote } from "./remote/engine.ts";

/** Opens the engine for `work`, and closes it whatever happens. Opening a bundle takes no signal, so an abort just stops waiting. */
export async function withEngine<Out>(
  values: Values,
  signal: AbortSignal,
  work: (engine: Unclip) => Promise<Out>,
): Promise<Out> {
  const engine = await Promise.race([open(values, signal), canceled(signal)]);
  try {
    return await work(engine);
  } finally {
    await engine.close();
  }
}

async function open(values: Values, signal: AbortSignal): Promise<Unclip> {
  const { threads, memory, url, key } = values;
  if (url !== undefined) {
    const here = ENGINE.find((name) => name in values);
    if (here !== undefined) throw usageError(`--${here} is for drawing here, and --url for drawing there`);
    return openRemote(url, key ?? cliSettings().key, signal);
  }
  if (key !== undefined) throw usageError("--key is for a service: --url is missing");
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1)) {
    throw usageError(`--threads must be a whole number of at least 1, not ${threads}`);
  }
  const kept = MEMORY.find((name) => name === (memory ?? "auto"));
  if (kept === undefined) throw usageError(`--memory must be ${MEMORY.join(" or ")}, not ${JSON.stringify(memory)}`);
  return openUnclipInWorker(bundleFolder(values), { threads, memory: kept });
}

function canceled(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = () => reject(new UnclipError("CANCELED", "The call was canceled."));
    if (signal.aborted) fail();
    signal.addEventListener("abort", fail, { once: true });
  });
}
