// npm start: the whole service on this machine. Settings: infra/config/env.ts, docs/reference/configuration.md.
import { ConfigError, localSettings } from "../../infra/config/env.ts";
import { DataFolderError } from "../../infra/local/database.ts";
import { UnclipError } from "../../models/errors.ts";
import { UnsafeExposureError } from "./authenticate.ts";
import { type Running, start } from "./start.ts";

/** After a signal, so long for a step that runs to end and for the rest to be put in order. */
const CLOSE_MS = 10_000;

let running: Running | undefined;
let stopping = false;

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    // A second one is impatience; what is cut off then is taken up by the next start.
    if (stopping || !running) process.exit(130);
    stopping = true;
    setTimeout(() => process.exit(1), CLOSE_MS).unref();
    void running.close().then(() => process.exit(0));
  });
}

try {
  running = await start(localSettings());
  const { url, open } = running;
  console.log(
    `unclip draws at ${url}/graphql${open ? "  (open to this machine; unclip keys create makes it ask for a key)" : ""}`,
  );
} catch (error) {
  console.error(`unclip: ${expected(error) ? error.message : (error as Error)?.stack}`);
  process.exit(1);
}

function expected(error: unknown): error is Error {
  const kinds = [ConfigError, DataFolderError, UnsafeExposureError, UnclipError];
  return kinds.some((kind) => error instanceof kind) || (error as NodeJS.ErrnoException)?.code === "EADDRINUSE";
}
