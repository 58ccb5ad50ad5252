// Pictures to be drawn, one PNG a file; a run that was stopped goes on where it was.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import path from "node:path";

/** What one call of the engine draws: a picture a file. */
export type Job = { readonly files: readonly string[]; readonly draw: () => Promise<readonly Uint8Array[]> };

/** The i-th of a list in the names of files, as the judge counts them. */
export function numberOf(i: number): string {
  return String(i).padStart(3, "0");
}

/** Draws what is not there yet. */
export async function work(folder: string, jobs: readonly Job[]): Promise<void> {
  const open = jobs.filter(({ files }) => !files.every((file) => existsSync(path.join(folder, file))));
  console.log(`${folder}: ${jobs.length - open.length} of ${jobs.length} drawings are there`);
  const start = performance.now();
  for (const [done, { files, draw }] of open.entries()) {
    const pictures = await draw();
    for (const [i, file] of files.entries()) await keep(path.join(folder, file), pictures[i]!);
    if ((done + 1) % 50 === 0 || done + 1 === open.length) {
      const seconds = (performance.now() - start) / 1000;
      const left = Math.round((seconds / (done + 1)) * (open.length - done - 1));
      console.log(`${done + 1} of ${open.length} drawn in ${Math.round(seconds)} s, about ${left} s left`);
    }
  }
}

/** Under its own name only when whole, so that a killed run leaves no half picture behind. */
async function keep(target: string, picture: Uint8Array): Promise<void> {
  await mkdir(path.dirname(target), { recursive: true });
  await writeFile(`${target}.tmp`, picture);
  await rename(`${target}.tmp`, target);
}

/** Of a bundle.json, all that a picture of the decoder's size depends on, and of what is asked. */
export function digestOf(spec: string, ...asked: readonly string[]): string {
  return digest(spec, ["training"], asked);
}

/** The same of pictures whose captions are taken as they stand. */
export function literalDigestOf(spec: string, ...asked: readonly string[]): string {
  return digest(spec, ["training", "scenes"], asked);
}

function digest(spec: string, without: readonly string[], asked: readonly string[]): string {
  const hash = createHash("sha256").update(small(spec, without));
  for (const text of asked) hash.update(text);
  return hash.digest("hex").slice(0, 12);
}

/** bundle.json without the upsamplers and what else plays no part. */
function small(spec: string, without: readonly string[]): string {
  return JSON.stringify(JSON.parse(spec), (key, value) =>
    without.includes(key) || key.startsWith("upsampler") ? undefined : value,
  );
}
