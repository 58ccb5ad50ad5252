// Finds out which published model some folders hold, by the model_index.json that diffusers saves with each pipeline.
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { usageError } from "../arguments.ts";
import { FAMILIES, type Family } from "./families.ts";

const INDEX = "model_index.json";

/** A family and the folders of its sources. */
export type Found = {
  readonly family: Family;
  readonly folders: readonly string[];
  readonly extra: string | undefined;
};

/** The folders themselves or those in them. Throws INVALID_REQUEST, naming what is missing or unknown. */
export async function detectFamily(given: readonly string[]): Promise<Found> {
  const pipelines = new Map<string, string>();
  for (const folder of given)
    for (const path of await pipelineFolders(folder)) pipelines.set(await pipelineOf(path), path);
  const names = [...pipelines.keys()];
  // With the pipeline that only one family reads; Karlo's own may also be the extra of another.
  const family =
    FAMILIES.find(({ sources, extra }) => extra && sources.some(({ pipeline }) => pipelines.has(pipeline))) ??
    FAMILIES.find(({ sources }) => sources.some(({ pipeline }) => pipelines.has(pipeline)));
  if (family === undefined) {
    const known = FAMILIES.flatMap(({ sources }) => sources.map(({ pipeline }) => pipeline));
    throw usageError(`${names.join(" and ")} cannot be imported; known are ${known.join(", ")}`);
  }
  const missing = family.sources.find(({ pipeline }) => !pipelines.has(pipeline));
  if (missing !== undefined) {
    throw usageError(`the folder of ${missing.repository} (${missing.pipeline}) is missing beside ${names.join(", ")}`);
  }
  return {
    family,
    folders: family.sources.map(({ pipeline }) => pipelines.get(pipeline)!),
    extra: family.extra && pipelines.get(family.extra.pipeline),
  };
}

async function pipelineFolders(folder: string): Promise<string[]> {
  const path = resolve(folder);
  if (!existsSync(path)) throw usageError(`there is no folder ${path}, and no model of this name (see unclip models)`);
  if (existsSync(join(path, INDEX))) return [path];
  const inside = (await readdir(path)).sort().map((name) => join(path, name));
  const found = inside.filter((each) => existsSync(join(each, INDEX)));
  if (found.length === 0) throw usageError(`${path}: holds no ${INDEX}, which diffusers saves with a pipeline`);
  return found;
}

async function pipelineOf(folder: string): Promise<string> {
  const file = join(folder, INDEX);
  try {
    const { _class_name: name } = JSON.parse(await readFile(file, "utf8"));
    if (typeof name === "string") return name;
  } catch (error) {
    throw usageError(`${file} cannot be read: ${(error as Error).message}`);
  }
  throw usageError(`${file}: names no pipeline`);
}
