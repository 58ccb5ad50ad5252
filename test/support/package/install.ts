// The package as a user gets it: built, packed and installed from the tarball, in a folder outside the repository.
import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

const exec = promisify(execFile);
const ROOT = path.resolve(import.meta.dirname, "../../..");
/** npm, npx and the command run on the Node.js that runs the tests. */
const ENV = { ...process.env, PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env.PATH}` };

export type Installed = {
  readonly folder: string;
  /** Paths in the tarball, without the leading "package/". */
  readonly files: readonly string[];
  /** Runs a command in the folder. Rejects when it fails. */
  run(command: string, ...args: string[]): Promise<{ readonly stdout: string; readonly stderr: string }>;
  /** Writes a file into the folder. */
  write(name: string, text: string): Promise<void>;
  /** Starts a command in the folder. */
  start(command: string, args: readonly string[], env: Readonly<Record<string, string>>): ReturnType<typeof spawn>;
  remove(): Promise<void>;
};

export async function installTarball(): Promise<Installed> {
  const folder = await mkdtemp(path.join(tmpdir(), "unclip-package-"));
  await exec("npm", ["run", "build:unclip"], { cwd: ROOT, env: ENV });
  const pack = ["pack", "--json", "--pack-destination", folder];
  const { stdout } = await exec("npm", pack, { cwd: ROOT, env: ENV, maxBuffer: 2 ** 24 });
  const [{ filename, files }] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
  await writeFile(path.join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  // Without ignore-scripts, ONNX Runtime downloads its CUDA libraries.
  const install = ["install", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", `./${filename}`];
  await exec("npm", install, { cwd: folder, env: ENV });
  return {
    folder,
    files: files.map((file) => file.path),
    run: (command, ...args) => exec(command, args, { cwd: folder, env: ENV }),
    write: (name, text) => writeFile(path.join(folder, name), text),
    start: (command, args, env) => spawn(command, args, { cwd: folder, env: { ...ENV, ...env } }),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
