// Where a worker or a process of the engine begins.

type Entry = { readonly file: URL; readonly argv: readonly string[] };

/** Of a file in this folder: from source, it brings its own TypeScript loader; compiled, it lies beside this file. */
export function entryOf(name: string): Entry {
  if (!import.meta.url.endsWith(".ts")) return { file: new URL(`./${name}.js`, import.meta.url), argv: [] };
  return { file: new URL("./source.mjs", import.meta.url), argv: [name] };
}
