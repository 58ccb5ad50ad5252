// Writes files atomically: if the process is killed, no partial picture is left.
import { randomUUID } from "node:crypto";
import { rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { throwIfCanceled } from "../../models/errors.ts";

/** Contents by path. Writes all of them to temporary files first, then renames them. Removes the temporary files on failure. */
export async function saveAll(files: ReadonlyMap<string, Uint8Array>, signal?: AbortSignal): Promise<void> {
  const written: { readonly temporary: string; readonly path: string }[] = [];
  try {
    for (const [path, bytes] of files) {
      throwIfCanceled(signal);
      const temporary = join(dirname(path), `.${basename(path)}.${randomUUID().slice(0, 8)}.tmp`);
      written.push({ temporary, path });
      await writeFile(temporary, bytes);
    }
    for (const { temporary, path } of written) await rename(temporary, path);
  } finally {
    await Promise.all(written.map(({ temporary }) => rm(temporary, { force: true })));
  }
}
