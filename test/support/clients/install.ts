// The folders of test/clients as a developer has them: outside the repository, installed from npm or PyPI as locked.
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";

const exec = promisify(execFile);
const ROOT = path.resolve(import.meta.dirname, "../../..");
const CLIENTS = path.join(ROOT, "test/clients");
/** An installation on a slow line, and a build on a busy machine. */
const INSTALL_MS = 240_000;
const RUN_MS = 180_000;

export type Client = {
  readonly folder: string;
  /** Packages that package.json or requirements.txt asks for. */
  readonly packages: readonly string[];
  /** Runs a command in the folder. Rejects when it fails, and returns what it prints. */
  run(command: string, ...args: string[]): Promise<{ readonly stdout: string; readonly stderr: string }>;
};

/** Installs test/clients/NAME, with the files of other folders there beside its own. Deleted after the test. */
export async function installClient(name: string, ...others: readonly string[]): Promise<Client> {
  const parent = mkdtempSync(path.join(tmpdir(), "unclip-client-"));
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
  const folder = path.join(parent, name);
  const notInstalled = (file: string) => !/\/(node_modules|\.venv)$/.test(file);
  for (const one of [...others, name]) {
    cpSync(path.join(CLIENTS, one), folder, { recursive: true, filter: notInstalled });
  }
  cpSync(path.join(CLIENTS, "scenario.mjs"), path.join(parent, "scenario.mjs"));

  const bin = path.join(folder, ".venv/bin");
  const env = { ...process.env, PATH: [bin, path.dirname(process.execPath), process.env.PATH].join(path.delimiter) };
  const run = (command: string, args: readonly string[], timeout: number) =>
    exec(command, args, { cwd: folder, env, timeout });
  const packages: string[] = [];
  if (existsSync(path.join(folder, "package.json"))) {
    await run("npm", ["ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"], INSTALL_MS);
    const { dependencies, devDependencies } = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
    packages.push(...Object.keys({ ...dependencies, ...devDependencies }));
  }
  const requirements = path.join(folder, "requirements.txt");
  if (existsSync(requirements)) {
    await run("python3", ["-m", "venv", ".venv"], INSTALL_MS);
    await run("pip", ["install", "--quiet", "--requirement", requirements], INSTALL_MS);
    packages.push(...Array.from(readFileSync(requirements, "utf8").matchAll(/^[\w.-]+/gm), ([found]) => found));
  }
  return { folder, packages, run: (command, ...args) => run(command, args, RUN_MS) };
}
