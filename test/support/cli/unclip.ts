// The command as a user runs it: a process of its own, on the tiny bundle, in an empty folder.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { TINY } from "../models/tiny-bundle.ts";

const MAIN = fileURLToPath(new URL("../../../functions/cli/main.ts", import.meta.url));
const LOADER = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
/** A pipe that says it is a terminal. */
const TERMINAL = "data:text/javascript,process.stderr.isTTY=true";

export const QUICK = ["--bundle", TINY, "--size", "64", "--preset", "draft", "--steps", "3", "--threads", "1"];

type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

type Surroundings = { readonly terminal?: boolean; readonly env?: Readonly<Record<string, string>> };

/** `terminal`: standard error says that it is one. `env` is added to the environment. */
export function start(folder: string, args: readonly string[], { terminal, env }: Surroundings = {}): ChildProcess {
  const imports = [LOADER, ...(terminal ? [TERMINAL] : [])].flatMap((url) => ["--import", url]);
  return spawn(process.execPath, [...imports, MAIN, ...args], { cwd: folder, env: { ...process.env, ...env } });
}

export async function ended(child: ChildProcess): Promise<Ended> {
  let [stdout, stderr] = ["", ""];
  child.stdout?.on("data", (bytes: Buffer) => {
    stdout += bytes.toString();
  });
  child.stderr?.on("data", (bytes: Buffer) => {
    stderr += bytes.toString();
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
}

export function unclip(folder: string, ...args: string[]): Promise<Ended> {
  return ended(start(folder, args));
}

export async function emptyFolder(clean: (remove: () => Promise<void>) => void): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "unclip-cli-"));
  clean(() => rm(folder, { recursive: true }));
  return folder;
}
