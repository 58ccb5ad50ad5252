// Runs a file of this folder in a process of its own, to be asked or killed.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

type Child = {
  readonly pid: number;
  /** What it writes, line by line. */
  readonly lines: AsyncIterable<string>;
  /** kill -9, and wait for its end. */
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
