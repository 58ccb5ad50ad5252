// Puts files in their places, whole or not at all: a kill in the midst leaves no torn picture.
import { randomUUID } from "node:crypto";
import { rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { UnclipError } from "../../models/errors.ts";

/** Contents by path. All are written beside their places before the first is moved there; no failure leaves those. */
export async function saveAll(files: ReadonlyMap<string, Uint8Array>, signal?: AbortSignal): Promise<void> {
  const written: { readonly temporary: string; readonly path: string }[] = [];
  try {
    for (const [path, bytes] of files) {
      if (signal?.aborted) throw new UnclipError("CANCELED", "The call was canceled.");
      const temporary = join(dirname(path), `.${basename(path)}.${randomUUID().slice(0, 8)}.tmp`);
      written.push({ temporary, path });
      await writeFile(temporary, bytes);
    }
    for (const { temporary, path } of written) await rename(temporary, path);
  } finally {
    await Promise.all(written.map(({ temporary }) => rm(temporary, { force: true })));
  }
}
