// The Python that converts models: a virtual environment of its own, and its programs with their progress.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { UnclipError } from "../../../models/errors.ts";
import { usageError } from "../arguments.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const REQUIREMENTS = ["models/training/requirements.txt", "models/training/importing/requirements.txt"];
/** Of PyTorch for processors; the plain package brings gigabytes of CUDA along. */
const CPU_INDEX = "https://download.pytorch.org/whl/cpu";

type Run = { readonly signal: AbortSignal; readonly onLine: (line: string) => void };

/** The interpreter of an environment in `folder` that has the requirements, which are installed if they changed. */
export async function preparePython(folder: string, { signal, onLine }: Run): Promise<string> {
  if (!existsSync(join(ROOT, "models/training/importing"))) {
    throw usageError("import runs in a clone of the repository, which holds the Python code");
  }
  const python = join(folder, process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
  const texts = await Promise.all(REQUIREMENTS.map((file) => readFile(join(ROOT, file), "utf8")));
  const digest = createHash("sha256").update(texts.join()).digest("hex");
  const stamp = join(folder, "requirements.sha256");
  if (existsSync(stamp) && (await readFile(stamp, "utf8")) === digest) return python;
  await mkdir(folder, { recursive: true });
  await run("python3", ["-m", "venv", folder], { signal, onLine });
  const install = ["-m", "pip", "install", "--disable-pip-version-check", "--extra-index-url", CPU_INDEX];
  await run(python, [...install, "-r", REQUIREMENTS.at(-1)!], { signal, onLine });
  await writeFile(stamp, digest);
  return python;
}

/** Runs a module of this repository. Throws INVALID_REQUEST with the last line that it wrote as an error. */
export function runModule(python: string, module: string, args: readonly string[], options: Run): Promise<void> {
  return run(python, ["-W", "ignore", "-m", module, ...args], options);
}

async function run(command: string, args: readonly string[], { signal, onLine }: Run): Promise<void> {
  const child = spawn(command, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"], signal });
  const errors: string[] = [];
  createInterface(child.stdout).on("line", onLine);
  createInterface(child.stderr).on("line", (line) => {
    errors.push(line);
    if (errors.length > 20) errors.shift();
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  }).catch((cause: NodeJS.ErrnoException) => {
    if (signal.aborted) return null;
    if (cause.code === "ENOENT") throw usageError(`${command} is not installed`);
    throw cause;
  });
  if (signal.aborted) throw new UnclipError("CANCELED", "The import was stopped.");
  if (code !== 0) throw new UnclipError("INVALID_REQUEST", errors.at(-1) ?? `${command} ended with ${code}`);
}
