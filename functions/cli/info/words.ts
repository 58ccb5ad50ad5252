// What a model was taught, from its bundle.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { UnclipError } from "../../../models/errors.ts";
import type { Report } from "../command.ts";
import { wrapped } from "./table.ts";

/** The keys of bundle.json that are read. The engine has checked them. */
type BundleFile = {
  readonly name: string;
  readonly tokenizer: { readonly words?: string };
  readonly scenes?: {
    readonly attributes: readonly { readonly noun: string; readonly values: Readonly<Record<string, string>> }[];
    readonly relations: readonly { readonly phrases: readonly string[] }[];
  };
};

/** Throws INVALID_REQUEST for a bundle that does not say: models of whole languages have no list. */
export async function wordsInfo(folder: string): Promise<Report> {
  const { name, tokenizer, scenes }: BundleFile = JSON.parse(await readFile(join(folder, "bundle.json"), "utf8"));
  if (tokenizer.words === undefined) {
    throw new UnclipError("INVALID_REQUEST", `the model ${name} has no list of words: it was taught to read any`);
  }
  const words = (await readFile(join(folder, tokenizer.words), "utf8")).trimEnd().split("\n");
  const attributes = (scenes?.attributes ?? []).map(({ noun, values }) => ({ noun, values: Object.keys(values) }));
  const relations = (scenes?.relations ?? []).map(({ phrases }) => phrases);
  return {
    lines: [
      ...attributes.flatMap(({ noun, values }) => wrapped(noun, values)),
      ...wrapped("relations", relations.flat()),
      ...wrapped("words", words, " "),
    ],
    json: { attributes, relations, words },
  };
}
