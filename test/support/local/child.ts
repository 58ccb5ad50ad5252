// Runs a file of this folder in its own process. Tests read its output and kill it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

type Child = {
  readonly pid: number;
  /** The lines of its standard output. */
  readonly lines: AsyncIterable<string>;
  /** Sends SIGKILL and waits for the end of the process. */
  kill(): Promise<void>;
};

export function startChild(file: string, ...args: readonly string[]): Child {
  const path = join(import.meta.dirname, file);
  const child = spawn(process.execPath, ["--import", "tsx", path, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  return {
    pid: child.pid!,
    lines: createInterface(child.stdout),
    kill: async () => {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}
