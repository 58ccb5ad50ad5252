import { cliSettings } from "../../infra/config/env.ts";
import { canceled } from "../../models/errors.ts";
import { openUnclipInWorker } from "../../models/host/worker-client.ts";
import { MEMORY } from "../../models/request.ts";
import type { Unclip } from "../../models/types.ts";
import { bundleFolder } from "../bundle-folder.ts";
import { usageError } from "./arguments.ts";
import { readDeployment } from "./deployments.ts";
import { readText } from "./inputs.ts";
import { ENGINE, SERVICE, type Values } from "./options.ts";
import { openRemote } from "./remote/engine.ts";

/** Opens an engine, runs `work` and closes the engine. Opening a bundle cannot be aborted, so an abort only stops waiting for it. */
export async function withEngine<Out>(
  values: Values,
  signal: AbortSignal,
  work: (engine: Unclip) => Promise<Out>,
): Promise<Out> {
  const engine = await Promise.race([open(values, signal), rejectOnAbort(signal)]);
  try {
    return await work(engine);
  } finally {
    await engine.close();
  }
}

async function open(values: Values, signal: AbortSignal): Promise<Unclip> {
  const { threads, memory, url, deployment } = values;
  if (url !== undefined || deployment !== undefined) {
    if (url !== undefined && deployment !== undefined)
      throw usageError("--url and --deployment cannot be used together");
    const local = ENGINE.find((name) => name in values);
    if (local !== undefined) {
      const remote = url === undefined ? "deployment" : "url";
      throw usageError(`--${local} is for an engine on this machine and cannot be used with --${remote}`);
    }
    if (url !== undefined) return openRemote(url, (await readKey(values)) ?? cliSettings().key, signal);
    const { outputs, key } = readDeployment(deployment!);
    return openRemote(outputs.Url, (await readKey(values)) ?? key, signal);
  }
  const remote = SERVICE.find((name) => name in values);
  if (remote !== undefined) throw usageError(`--${remote} needs --url or --deployment`);
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1)) {
    throw usageError(`--threads must be a whole number of at least 1, not ${threads}`);
  }
  const mode = MEMORY.find((name) => name === (memory ?? "auto"));
  if (mode === undefined) throw usageError(`--memory must be ${MEMORY.join(" or ")}, not ${JSON.stringify(memory)}`);
  return openUnclipInWorker(bundleFolder(values), { threads, memory: mode });
}

/** The key that the command line names. */
async function readKey({ key, "key-file": file }: Values): Promise<string | undefined> {
  if (file === undefined) return key;
  if (key !== undefined) throw usageError("--key and --key-file cannot be used together");
  return readText(file, "an API key");
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = () => reject(canceled(signal));
    if (signal.aborted) fail();
    signal.addEventListener("abort", fail, { once: true });
  });
}
