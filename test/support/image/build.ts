// Builds the worker image and runs programs in it. Both need root: build.sh and lambda.sh.
import { execFile, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, onTestFinished } from "vitest";

const exec = promisify(execFile);

/** Words before a command that root must run. */
export const AS_ROOT = process.getuid!() === 0 ? [] : ["sudo", "--preserve-env"];

const removed: string[] = [];
afterAll(async () => {
  for (const folder of removed) {
    // buildah mounts every container's file system below the folder.
    const unmount =
      'findmnt --raw --noheadings --output TARGET | grep "^$0/" | sort --reverse | xargs --no-run-if-empty umount';
    await asRoot("sh", "-c", `${unmount} && rm -r --one-file-system "$0"`, folder);
  }
});

export type Image = {
  /** Folder of its files. */
  readonly root: string;
  readonly config: { readonly Env: readonly string[]; readonly Cmd: readonly string[]; readonly User: string };
};

export async function asRoot(...command: readonly string[]): Promise<string> {
  const [first, ...words] = [...AS_ROOT, ...command];
  return (await exec(first!, words, { maxBuffer: 2 ** 26 })).stdout;
}

/** IMAGE_FOLDER names a folder with the folders "cpu" and "cuda" that build.sh wrote before. */
export async function buildWorkerImage(target: "cpu" | "cuda", bundle: string): Promise<Image> {
  const built = process.env.IMAGE_FOLDER;
  const folder = path.join(built ?? mkdtempSync(path.join(tmpdir(), "unclip-image-")), target);
  if (built === undefined) {
    await asRoot(path.join(import.meta.dirname, "build.sh"), target, bundle, folder);
    removed.push(path.dirname(folder));
  }
  const { OCIv1 } = JSON.parse(readFileSync(path.join(folder, "image.json"), "utf8"));
  return { root: realpathSync(path.join(folder, "root")), config: OCIv1.config };
}

/** Runs a program of the image, in its files. Resolves with what it prints. */
export const runIn = ({ root }: Image, ...words: readonly string[]) => asRoot("chroot", root, ...words);

/** Starts a handler of the image as Lambda does. Returns what it logs, and whether it has ended. */
export function startOnLambda({ root, config }: Image, handler: string, memory: number, environment: object) {
  const ofImage = Object.fromEntries(config.Env.map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]));
  // What Lambda itself sets.
  const ofLambda = {
    _HANDLER: handler,
    LAMBDA_TASK_ROOT: "/var/task",
    AWS_REGION: "us-east-1",
    AWS_LAMBDA_FUNCTION_NAME: "unclip-draw",
    AWS_LAMBDA_FUNCTION_VERSION: "1",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memory),
    AWS_LAMBDA_LOG_GROUP_NAME: "/unclip/draw",
    AWS_LAMBDA_LOG_STREAM_NAME: "2026/11/29/[1]0123456789abcdef",
  };
  const env = { ...ofImage, ...ofLambda, ...environment };
  const words = [...AS_ROOT, path.join(import.meta.dirname, "lambda.sh"), root, String(memory)];
  const child = spawn(words[0]!, words.slice(1), { env, stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill());
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => (log += bytes));
  const ended = new Promise<never>((_, reject) => {
    child.on("exit", (code, signal) => reject(new Error(`The function ended with ${code ?? signal}: ${log}`)));
  });
  return { ended, log: () => log };
}
