// Modules of models/training, run from the programs that draw.
import { spawnSync } from "node:child_process";

/** Runs `interpreter -m module args`; where it fails, this process ends with its exit code: it has said why. */
export function python(interpreter: string, module: string, ...args: readonly string[]): void {
  const { status, error } = spawnSync(interpreter, ["-m", module, ...args], { stdio: "inherit" });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status ?? 1);
}
