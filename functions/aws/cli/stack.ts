import { existsSync, readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import path from "node:path";
import { usageError } from "../../cli/arguments.ts";
import type { Command } from "../../cli/command.ts";

/** The source maps that cdk/build.ts writes, seen from the command in the package and from this file in a clone. */
const MAPS = path.resolve(
  import.meta.dirname,
  import.meta.filename.endsWith(".ts") ? "../../../cdk/dist/maps" : "../maps",
);
/** A position in the code of a function or of the worker image, as Node.js prints it, columns from 1. */
const POSITION = /(?:file:\/\/)?\/(?:var\/task|app)\/([\w.-]+\.m?js):(\d+):(\d+)/g;

export const stack: Command = {
  name: "stack",
  summary: "translate the stack traces of a log to positions in the source",
  usage: "FILE",
  takes: { min: 1, max: 1, what: "one file with lines of a log" },
  options: [],
  about: `The deployed code is minified, and its source maps are not deployed, because every start would read
them. This command applies them, offline. It must be of the version that is deployed.`,
  examples: ["stack errors.log", "stack <(aws logs tail /unclip/graphql --since 1h)"],
  prepare: async ({ positionals: [file] }) => {
    const log = readLog(file!);
    if (!existsSync(MAPS)) throw usageError(`there are no source maps in ${MAPS}: npm run build -w cdk writes them`);
    return {
      alone: async () => {
        const { text, unknown } = translateStacks(log, readMap);
        return {
          lines: text.split("\n"),
          json: { text },
          warnings: [...unknown].map((name) => `no source map for ${name}: it is of another version`),
        };
      },
    };
  },
};

/** Replaces each position that has a source map. In JSON, line breaks of the stack become real ones. */
export function translateStacks(log: string, open: (file: string) => SourceMap | undefined) {
  const maps = new Map<string, SourceMap | undefined>();
  const unknown = new Set<string>();
  const lines = log.split("\n").map((line) => {
    const translated = line.replace(POSITION, (position, file: string, row: string, column: string) => {
      if (!maps.has(file)) maps.set(file, open(file));
      const origin = maps.get(file)?.findOrigin(Number(row), Number(column));
      if (origin === undefined || !("fileName" in origin)) {
        unknown.add(file);
        return position;
      }
      return `${origin.fileName.replace(/^(\.\.\/)+/, "")}:${origin.lineNumber}:${origin.columnNumber}`;
    });
    return translated === line ? line : translated.replaceAll("\\n", "\n");
  });
  return { text: lines.join("\n"), unknown };
}

function readMap(file: string): SourceMap | undefined {
  const map = path.join(MAPS, `${file}.map`);
  return existsSync(map) ? new SourceMap(JSON.parse(readFileSync(map, "utf8"))) : undefined;
}

function readLog(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw usageError(`cannot read ${file}: ${(error as Error).message}`);
  }
}
