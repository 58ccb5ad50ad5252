// Opens a file with the application that the desktop has for it.
import { spawn } from "node:child_process";
import { resolve } from "node:path";

const OPENERS: Partial<Record<NodeJS.Platform, string>> = { darwin: "open", win32: "explorer.exe" };

/** Resolves once the application was started, to false where the desktop has no such command. */
export async function openFile(path: string): Promise<boolean> {
  const opener = spawn(OPENERS[process.platform] ?? "xdg-open", [resolve(path)], { detached: true, stdio: "ignore" });
  opener.unref();
  return new Promise((done) => {
    opener.once("spawn", () => done(true));
    opener.once("error", () => done(false));
  });
}
