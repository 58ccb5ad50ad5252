// npm start: the whole service on one machine. Settings: infra/config/env.ts, docs/reference/configuration.md.
import { ConfigError, localSettings } from "../../infra/config/env.ts";
import { DataFolderError } from "../../infra/local/data-folder.ts";
import { UnclipError } from "../../models/errors.ts";
import { UnsafeExposureError } from "./authenticate.ts";
import { type Running, start } from "./start.ts";

/** Time limit for a clean shutdown after a signal. */
const CLOSE_MS = 10_000;

let running: Running | undefined;
let stopping = false;

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    // A second signal exits at once; the next start resumes interrupted jobs.
    if (stopping || !running) process.exit(130);
    stopping = true;
    setTimeout(() => process.exit(1), CLOSE_MS).unref();
    void running.close().then(() => process.exit(0));
  });
}

try {
  const settings = localSettings();
  // A model takes seconds to open, on a busy machine half a minute.
  if (process.stdout.isTTY) console.log(`unclip: opening the model ${settings.bundle ?? "picto"} ...`);
  running = await start(settings);
  const { url, open } = running;
  console.log(
    `unclip: the studio is at ${url} and the API at ${url}/graphql${open ? "  (no API keys yet: only this machine has access; see unclip keys)" : ""}`,
  );
} catch (error) {
  console.error(`unclip: ${sentenceOf(error) ?? (error as Error)?.stack}`);
  process.exit(1);
}

/** What an operator reads for a fault that they can fix; undefined for a bug. */
function sentenceOf(error: unknown): string | undefined {
  const kinds = [ConfigError, DataFolderError, UnsafeExposureError, UnclipError];
  if (kinds.some((kind) => error instanceof kind)) return (error as Error).message;
  const { code, port, address } = error as NodeJS.ErrnoException & { port?: number; address?: string };
  if (code === "EADDRINUSE")
    return `port ${port} is in use by another program. Set PORT to another one, or to 0 for any.`;
  if (code === "EACCES" && port !== undefined) return `port ${port} needs more rights. Set PORT to 1024 or higher.`;
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND") return `HOST=${address ?? ""} is no address of this machine.`;
  return undefined;
}
