// Draws pictures, one PNG per file, and skips those that an earlier run has drawn.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import path from "node:path";

/** One call of the engine; each of its pictures goes to one file. */
export type Job = { readonly files: readonly string[]; readonly draw: () => Promise<readonly Uint8Array[]> };

/** Position i of a list as it appears in file names. */
export function numberOf(i: number): string {
  return String(i).padStart(3, "0");
}

/** Runs the jobs whose files are missing. */
export async function work(folder: string, jobs: readonly Job[]): Promise<void> {
  const open = jobs.filter(({ files }) => !files.every((file) => existsSync(path.join(folder, file))));
  console.log(`${folder}: ${jobs.length - open.length} of ${jobs.length} drawings are there`);
  const start = performance.now();
  for (const [done, { files, draw }] of open.entries()) {
    const pictures = await draw();
    for (const [i, file] of files.entries()) await writeAtomically(path.join(folder, file), pictures[i]!);
    if ((done + 1) % 50 === 0 || done + 1 === open.length) {
      const seconds = (performance.now() - start) / 1000;
      const left = Math.round((seconds / (done + 1)) * (open.length - done - 1));
      console.log(`${done + 1} of ${open.length} drawn in ${Math.round(seconds)} s, about ${left} s left`);
    }
  }
}

/** Renames a complete file into place, so that a killed run leaves no partial picture. */
async function writeAtomically(target: string, picture: Uint8Array): Promise<void> {
  await mkdir(path.dirname(target), { recursive: true });
  await writeFile(`${target}.tmp`, picture);
  await rename(`${target}.tmp`, target);
}

/** Digest of the prompts and of everything in bundle.json that affects a picture at the size of the decoder. */
export function digestOf(spec: string, ...prompts: readonly string[]): string {
  return digest(spec, ["training"], prompts);
}

/** The same for captions that are used verbatim, without scenes. */
export function literalDigestOf(spec: string, ...prompts: readonly string[]): string {
  return digest(spec, ["training", "scenes"], prompts);
}

function digest(spec: string, without: readonly string[], prompts: readonly string[]): string {
  const hash = createHash("sha256").update(small(spec, without));
  for (const text of prompts) hash.update(text);
  return hash.digest("hex").slice(0, 12);
}

/** bundle.json without the upsamplers and the given keys. */
function small(spec: string, without: readonly string[]): string {
  return JSON.stringify(JSON.parse(spec), (key, value) =>
    without.includes(key) || key.startsWith("upsampler") ? undefined : value,
  );
}
