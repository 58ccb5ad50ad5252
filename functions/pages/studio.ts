// The files of the studio. A package holds them built; in a clone they are bundled when they are first needed.
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import type { PageFiles } from "./page-files.ts";

const IS_SOURCE = import.meta.url.endsWith(".ts");
/** A variable, so that neither the compiler nor the package takes along what only a clone has. */
const BUILD = "./build.ts";
/** `folder` holds the built files; by default it is beside this file's folder, in dist. */
export async function openStudio(folder = path.resolve(import.meta.dirname, "../studio")): Promise<PageFiles> {
  if (IS_SOURCE) {
    const { buildStudio } = await import(BUILD);
    return buildStudio();
  }
  const names = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const files = names.map(async ({ parentPath, name }) => {
    const file = path.join(parentPath, name);
    return [`/${path.relative(folder, file).replaceAll(path.sep, "/")}`, await readFile(file)] as const;
  });
  return new Map(await Promise.all(files));
}
