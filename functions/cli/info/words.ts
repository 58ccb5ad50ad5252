// What a model was taught.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { UnclipError } from "../../../models/errors.ts";
import type { Info } from "../../../models/types.ts";
import type { Report } from "../command.ts";
import { wrapped } from "./table.ts";

/** The key of bundle.json that `Info` leaves out. The engine has checked it. */
type BundleFile = {
  readonly scenes?: {
    readonly relations: readonly { readonly phrases: readonly string[] }[];
    readonly colours?: readonly string[];
  };
};

/** Throws INVALID_REQUEST for a bundle that does not say: models of whole languages have no list. */
export async function wordsInfo(info: Info, folder: string): Promise<Report> {
  const { name, words, concepts = [] } = info;
  if (words === undefined) {
    throw new UnclipError("INVALID_REQUEST", `the model ${name} has no list of words: it was taught to read any`);
  }
  const { scenes }: BundleFile = JSON.parse(await readFile(join(folder, "bundle.json"), "utf8"));
  const attributes = info.attributes.map(({ name: noun, values }) => ({
    noun,
    values: values.map((value) => value.name),
  }));
  const colours = scenes?.colours ?? [];
  const relations = (scenes?.relations ?? []).map(({ phrases }) => phrases);
  return {
    lines: [
      ...attributes.flatMap(({ noun, values }) => wrapped(noun, values)),
      ...wrapped("colours", colours),
      ...wrapped("relations", relations.flat()),
      ...wrapped("concepts", concepts.map(formatConcept)),
      ...wrapped("words", words, " "),
    ],
    json: { attributes, colours, relations, concepts, words },
  };
}

function formatConcept({ name, emoji }: { readonly name: string; readonly emoji?: string | undefined }): string {
  return emoji === undefined ? name : `${name} ${emoji}`;
}
