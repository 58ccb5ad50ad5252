// moto's server, an independent implementation of AWS's protocols, for the tests of infra/aws: one for a whole run, from
// the folder's own environment for Python or the one that MOTO_PYTHON names. AWS_EMULATOR_URL is another server to use
// instead (second-opinion.sh).
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { TestProject } from "vitest/node";
import { freePort } from "../listen.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** URL of moto's server; undefined if moto is not installed. */
    readonly moto: string | undefined;
  }
}

const FOLDER = relative(process.cwd(), import.meta.dirname);
const HOW = `python3 -m venv ${FOLDER}/.venv && ${FOLDER}/.venv/bin/pip install -r ${FOLDER}/requirements.txt`;

/** The Python that has moto, and what else requirements.txt lists, or would have it. */
export const PYTHON = process.env.MOTO_PYTHON ?? join(FOLDER, ".venv", "bin", "python");

/** Set-up of Vitest's project for AWS. The server starts while tests are loaded; tests wait for it (moto-resources.ts). */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (process.env.AWS_EMULATOR_URL !== undefined) {
    project.provide("moto", process.env.AWS_EMULATOR_URL);
    return undefined;
  }
  if (!existsSync(PYTHON)) {
    if (process.env.CI) throw new Error(`moto is not installed, which CI must not skip. To install it: ${HOW}`);
    if (process.env.MOTO_PYTHON !== undefined) throw new Error(`MOTO_PYTHON names ${PYTHON}, which is not there`);
    await reportSkipped(project);
    project.provide("moto", undefined);
    return undefined;
  }
  const { url, stop } = await startMoto();
  project.provide("moto", url);
  return stop;
}

/** Does not wait until the server responds. */
export async function startMoto(): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> {
  const port = await freePort();
  const server = spawn(PYTHON, [join(FOLDER, "moto_server.py"), String(port)], {
    env: { ...process.env, MOTO_PORT: String(port) },
    stdio: "ignore",
  });
  const stop = async () => {
    const ended = server.exitCode === null ? once(server, "exit") : undefined;
    server.kill("SIGKILL");
    await ended;
  };
  return { url: `http://127.0.0.1:${port}`, stop };
}

async function reportSkipped(project: TestProject): Promise<void> {
  const { testFiles } = await project.globTestFiles();
  const skipped = testFiles.filter((file) => readFileSync(file, "utf8").includes("onMoto("));
  const names = skipped.map((file) => `  ${relative(process.cwd(), file)}\n`).join("");
  process.stderr.write(`\nSKIPPED for want of moto's server, in these files:\n${names}To run them: ${HOW}\n\n`);
}
