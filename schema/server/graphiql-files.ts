// The files of GraphiQL's page, which is 9 MB: they are loaded at the first request.
import { createHash } from "node:crypto";
import { START_SCRIPT } from "./graphiql-start.ts";
import { StaticFile } from "./static-file.ts";

const NAMES = {
  css: "style.css",
  js: "graphiql.js",
  start: "start.js",
  editor: "editor.js",
  json: "json.js",
  graphql: "graphql.js",
};

export type GraphiqlFiles = {
  /** "graphiql-<hash>.js" */
  readonly names: Readonly<Record<keyof typeof NAMES, string>>;
  readonly files: ReadonlyMap<string, StaticFile>;
};

let opening: Promise<GraphiqlFiles> | undefined;

export function openGraphiqlFiles(): Promise<GraphiqlFiles> {
  opening ??= open();
  return opening;
}

async function open(): Promise<GraphiqlFiles> {
  const { css, js, editorWorkerService, jsonWorker, graphqlWorker } = await import(
    "@graphql-yoga/render-graphiql/graphiql"
  );
  const sources = {
    css,
    js,
    start: START_SCRIPT,
    editor: editorWorkerService,
    json: jsonWorker,
    graphql: graphqlWorker,
  };
  const names = Object.fromEntries(
    Object.entries(NAMES).map(([file, name]) => [
      file,
      name.replace(".", `-${hashOf(sources[file as keyof typeof NAMES])}.`),
    ]),
  ) as GraphiqlFiles["names"];
  const files = Object.entries(names).map(
    ([file, name]) => [name, new StaticFile(name, Buffer.from(sources[file as keyof typeof NAMES]))] as const,
  );
  return { names, files: new Map(files) };
}

const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 16);
