// Bundles the studio: hashed files, and the page that names them. `npm start` calls it in a clone; packages hold its output.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { build } from "esbuild";
import type { PageFiles } from "./page-files.ts";

const SOURCE = path.resolve(import.meta.dirname, "../studio");
const MODULES = path.resolve(import.meta.dirname, "../../node_modules");
const ENTRIES = ["main.tsx", "styles/index.css", "icon.svg"];
/** Libraries whose code is in the bundle, which has to carry their licences. */
const BUNDLED = ["preact", "@preact/signals", "@preact/signals-core"];

/** The files of the studio by their paths on the server: "/index.html", and "/assets/..." for the rest. */
export async function buildStudio(): Promise<PageFiles> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: SOURCE,
    entryPoints: ENTRIES,
    outdir: "/assets",
    entryNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    loader: { ".svg": "copy" },
    bundle: true,
    minify: true,
    format: "esm",
    target: ["es2022"],
    jsx: "automatic",
    jsxImportSource: "preact",
    banner: { js: await licences() },
    metafile: true,
    write: false,
  });
  const files = new Map(outputFiles.map(({ path: name, contents }) => [name, contents]));
  const names = new Map(
    Object.entries(metafile.outputs).map(([name, { entryPoint }]) => [entryPoint, path.resolve(SOURCE, name)]),
  );
  const template = await readFile(path.join(SOURCE, "index.html"), "utf8");
  const page = template.replace(/\{\{(.+?)\}\}/g, (_, entry: string) => names.get(entry)!);
  return files.set("/index.html", Buffer.from(page));
}

async function licences(): Promise<string> {
  const texts = BUNDLED.map(
    async (name) => `${name}\n\n${await readFile(path.join(MODULES, name, "LICENSE"), "utf8")}`,
  );
  return `/*!\n${(await Promise.all(texts)).join("\n")}*/`;
}

export async function writeStudio(folder: string): Promise<void> {
  for (const [name, bytes] of await buildStudio()) {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, bytes);
  }
}

/** node --import tsx functions/pages/build.ts FOLDER */
if (process.argv[1] === import.meta.filename) await writeStudio(process.argv[2]!);
