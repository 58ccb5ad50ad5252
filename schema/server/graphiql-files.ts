// The files of GraphiQL's page, which is 9 MB: they are loaded at the first request, and compressed once.
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { START_SCRIPT } from "./graphiql-start.ts";

type Encoding = "identity" | "br" | "gzip";

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
  readonly find: (
    name: string,
    encoding: Encoding,
  ) => Promise<{ readonly bytes: Uint8Array; readonly contentType: string } | undefined>;
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
  const files = new Map(
    Object.entries(names).map(([file, name]) => [name, Buffer.from(sources[file as keyof typeof NAMES])]),
  );
  const encoded = new Map<string, Promise<Uint8Array>>();
  return {
    names,
    find: async (name, encoding) => {
      const source = files.get(name);
      if (!source) return undefined;
      const key = `${encoding} ${name}`;
      const bytes = encoded.get(key) ?? encode(source, encoding);
      encoded.set(key, bytes);
      const contentType = `${name.endsWith(".css") ? "text/css" : "text/javascript"}; charset=utf-8`;
      return { bytes: await bytes, contentType };
    },
  };
}

const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 16);

/** Brotli at 5 takes as long as gzip and saves a tenth more; at 11 it would take half a minute. */
async function encode(bytes: Uint8Array, encoding: Encoding): Promise<Uint8Array> {
  if (encoding === "identity") return bytes;
  if (encoding === "gzip") return promisify(gzip)(bytes);
  return promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } });
}
