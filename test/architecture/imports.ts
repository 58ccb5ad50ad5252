import { readdirSync } from "node:fs";
import { builtinModules } from "node:module";
import path from "node:path";

export interface Import {
  /** A path from the root of the repository, or a package's name, or "node:...". */
  target: string;
  kind: "file" | "package" | "node";
  /** Erased before running: import type. */
  typeOnly: boolean;
}

/** Not ours, or not code. */
const SKIPPED = new Set(["node_modules", "cache", ".venv", "__pycache__", "bundles", "cdk.out", "dist"]);

/** Every file with one of these endings under a room, as paths from the root; none when the room is not built yet. */
export function filesOf(root: string, room: string, endings: readonly string[]): string[] {
  let entries: ReturnType<typeof list>;
  try {
    entries = list(path.join(root, room));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  return entries.flatMap((entry) => {
    const below = path.posix.join(room, entry.name);
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : filesOf(root, below, endings);
    return endings.some((ending) => entry.name.endsWith(ending)) ? [below] : [];
  });
}

function list(folder: string) {
  return readdirSync(folder, { withFileTypes: true });
}

/** Statements begin a line, so that code quoted in a test's string is not taken for one. */
const STATEMENT = /^\s*(?:import|export)\s+(?<type>type\s)?(?:[^;"'`()]*?\sfrom\s*)?["'](?<target>[^"']+)["']/gm;
/** import("x"), require("x"), and the new URL("./x.ts", import.meta.url) that starts a worker. */
const CALL = /\b(?:import|require)\(\s*["'](?<target>[^"']+)["']|new URL\(\s*["'](?<url>[^"']+\.[mc]?[jt]s)["']/g;

/** All that a source file imports: statically, re-exported, dynamically, or as a worker. */
export function importsOf(file: string, source: string): Import[] {
  const code = withoutComments(source);
  const statements = [...code.matchAll(STATEMENT)].map(({ groups }) => ({
    written: groups?.target ?? "",
    typeOnly: groups?.type !== undefined,
  }));
  const calls = [...code.matchAll(CALL)].map(({ groups }) => ({
    written: groups?.target ?? groups?.url ?? "",
    typeOnly: false,
  }));
  return [...statements, ...calls].map(({ written, typeOnly }) => ({ ...resolve(file, written), typeOnly }));
}

/** Whether the code (not a comment) reads the process's environment. */
export function readsEnvironment(source: string): boolean {
  return /\bprocess\s*\.\s*env\b|\bimport\s*\{[^}]*\benv\b[^}]*\}\s*from\s*["'](?:node:)?process["']/.test(
    withoutComments(source),
  );
}

/** Strings are matched first, so that "https://..." does not begin a comment. */
function withoutComments(source: string): string {
  return source.replace(
    /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g,
    (_, text?: string) => text ?? " ",
  );
}

function resolve(file: string, written: string): Pick<Import, "target" | "kind"> {
  if (written.startsWith(".")) return { target: path.posix.join(path.posix.dirname(file), written), kind: "file" };
  if (written.startsWith("node:") || builtinModules.includes(written)) {
    return { target: `node:${written.replace(/^node:/, "")}`, kind: "node" };
  }
  const parts = written.split("/");
  return { target: parts.slice(0, written.startsWith("@") ? 2 : 1).join("/"), kind: "package" };
}
