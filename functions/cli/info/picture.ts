// What made a picture, from the record in its file.
import { UnclipError } from "../../../models/errors.ts";
import { readProvenance } from "../../../models/metadata/files.ts";
import { captionOf, type Provenance } from "../../../models/metadata/provenance.ts";
import type { Report } from "../command.ts";
import { readPicture } from "../inputs.ts";
import { OPTIONS, toOptionName } from "../options.ts";
import { shellWord } from "../shell-word.ts";
import { printable, table } from "./table.ts";

/** Throws INVALID_PICTURE when the file has no record. */
export async function pictureInfo(path: string): Promise<Report> {
  const record = readProvenance(await readPicture(path));
  if (record === undefined) {
    throw new UnclipError("INVALID_PICTURE", `${path} does not say what made it: unclip's PNG, WebP and GIF files do`);
  }
  return { lines: formatRecord(record).map(printable), json: record };
}

function formatRecord(record: Provenance): string[] {
  const { version, model, verb, request, frame } = record;
  const { prompt: _, between: __, image, ...others } = request;
  const caption = captionOf(record);
  return [
    ...table("caption", caption === undefined ? [] : [caption]),
    ...table("command", [verb]),
    ...Object.entries(others).flatMap(([name, value]) => table(name, [textOf(value)])),
    ...table("picture", image === undefined ? [] : [textOf(image)]),
    ...table("frame", frame === undefined ? [] : [`${frame + 1} of ${request.frames}`]),
    ...table("model", [`${model.name} ${model.version}`]),
    ...table("software", [`unclip ${version}`]),
    ...table("again", [commandOf(record)]),
  ];
}

/** A request may have fields of another version, with any value. */
function textOf(value: unknown): string {
  const digest: unknown = Object(value).sha256;
  if (typeof digest === "string") return `sha256 ${digest}`;
  return typeof value === "string" ? value : String(JSON.stringify(value));
}

/** The command that draws it again. The record has no pictures, so words in capitals stand for them. */
function commandOf({ verb, request }: Provenance): string {
  const { prompt, image, between, mix, ...others } = request;
  const endpoints = Array.isArray(between) ? between.map((end) => Object(end).prompt ?? "PICTURE") : [];
  const words = [prompt ?? (image && "PICTURE"), ...endpoints].filter((word) => word !== undefined);
  const options = Object.entries(others).flatMap(([name, value]) => {
    const option = toOptionName(name);
    if (!(option.slice(2) in OPTIONS) || value === false) return [];
    return value === true ? [option] : [option, Array.isArray(value) ? value.join(",") : value];
  });
  const mixed = Array.isArray(mix) ? mix.flatMap((item) => ["--mix", mixWord(Object(item))]) : [];
  return ["unclip", verb, ...words, ...options, ...mixed].map((word) => quoted(String(word))).join(" ");
}

function mixWord({ prompt, image, weight }: Readonly<Record<string, unknown>>): string {
  const what = prompt ?? (image === undefined ? "EMBEDDING.json" : "PICTURE");
  return weight === undefined ? String(what) : `${what}=${weight}`;
}

/** A word that no shell interprets stays as it is. */
function quoted(word: string): string {
  return /^[\w.,=+-]+$/.test(word) ? word : shellWord(word);
}
