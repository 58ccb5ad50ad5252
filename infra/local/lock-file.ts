// A lock between processes that each hold it for milliseconds.
import { open, readFile, rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

const TRIES = 100;
const PAUSE_MS = 50;

/** Creates the file, which contains the holder's process id. Returns a function that deletes it. Rejects after 5 seconds. */
export async function lockFile(file: string): Promise<() => Promise<void>> {
  for (let tries = 0; tries < TRIES; tries++) {
    try {
      const handle = await open(file, "wx", 0o600);
      await handle.writeFile(String(process.pid));
      await handle.close();
      return () => rm(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    // A process that was killed leaves its lock.
    if (await isAbandoned(file)) await rm(file, { force: true });
    else await sleep(PAUSE_MS);
  }
  throw new Error(`${file} is held by another process. Delete it if no other command is running.`);
}

async function isAbandoned(file: string): Promise<boolean> {
  const holder = Number(await readFile(file, "utf8").catch(() => ""));
  // Empty: its holder is about to write its id.
  if (!(holder > 0)) return false;
  try {
    process.kill(holder, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}
