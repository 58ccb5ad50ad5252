// Where a worker thread or a child process of the engine starts.

type EntryPoint = { readonly file: URL; readonly argv: readonly string[] };

/**
 * The module `name` next to the caller, whose `import.meta.url` is `base`. Compiled code runs as it is; from source, a loader
 * for TypeScript starts first, because threads and child processes do not inherit one.
 */
export function entryPoint(name: string, base: string): EntryPoint {
  if (!base.endsWith(".ts")) return { file: new URL(`./${name}.js`, base), argv: [] };
  return { file: new URL("./tsx-loader.mjs", import.meta.url), argv: [new URL(`./${name}.ts`, base).href] };
}
