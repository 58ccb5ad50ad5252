// Reads bundle.json, format 2, and checks every key. The shapes of all networks follow from a few sizes (D, L, W, K, B, the
// channels and the picture sizes), so a bundle whose parts do not fit together is refused here.
import { UnclipError } from "../errors.ts";
import { AT_LEAST_ONE, Fields } from "../fields.ts";
import { readClip, readTokenizer } from "./clip.ts";
import { readDecoder, readUpsamplers } from "./decoder.ts";
import type { FileOf } from "./networks.ts";
import { readPresets } from "./presets.ts";
import { readPrior } from "./prior.ts";
import { readScenes, type ScenesSpec } from "./scenes.ts";
import { type BundleSpec, sizesOf, usualSize } from "./spec.ts";
import { readTensorsSpec } from "./tensors.ts";

const FORMAT = 2;

/** Throws INVALID_BUNDLE naming the first key that is missing or wrong, by its path. */
export function parseBundle(json: unknown): BundleSpec {
  const root = new Fields(json, "", (field, problem) => {
    const subject = field === "" ? "its content" : `"${field}"`;
    return new UnclipError("INVALID_BUNDLE", `bundle.json: ${subject} ${problem}`, { field });
  });
  checkFormat(root);
  const files = readFiles(root.object("files"));
  const file: FileOf = (fields, key) => {
    const name = fields.text(key);
    if (!Object.hasOwn(files, name)) throw fields.wrong(key, `names ${name}, which "files" does not list`);
    return name;
  };
  const tokenizer = readTokenizer(root.object("tokenizer"), file);
  const { clip, text } = readClip(root.object("clip"), tokenizer.contextLength, file);
  const decoder = readDecoder(root.object("decoder"), clip.dimensions, text, file);
  const upsamplers = readUpsamplers(root, decoder.sizes, file);
  if (clip.text === undefined && root.has("prior")) throw root.wrong("prior", 'needs "clip.text", which is missing');
  const prior = readPrior(root, clip.dimensions, text, file);
  const sizes = sizesOf({ decoder, upsamplers });
  return {
    name: root.text("name"),
    version: root.text("version"),
    licence: root.text("licence"),
    attribution: root.text("attribution"),
    files,
    tokenizer,
    tensors: readTensorsSpec(root.object("tensors"), { clip, prior, decoder }, file),
    clip,
    prior,
    decoder,
    upsamplers,
    defaultSize: root.maybe("defaultSize", (key) => root.choice(key, sizes)) ?? usualSize(sizes),
    presets: readPresets(root.object("presets"), { prior, upsamplers }),
    scenes: root.maybe("scenes", (key) => checkComposable(root, readScenes(root.object(key)), decoder)),
  };
}

/** A composition of two pictures is encoded to the latent of the whole. */
function checkComposable(root: Fields, scenes: ScenesSpec, { latent }: BundleSpec["decoder"]): ScenesSpec {
  if (scenes.relations.length > 0 && latent && !latent.encode) {
    throw root.wrong("scenes.relations", 'need "decoder.latent.encode", which is missing');
  }
  return scenes;
}

function checkFormat(root: Fields): void {
  const format = root.integer("format", AT_LEAST_ONE);
  if (format !== FORMAT) {
    throw root.wrong(
      "format",
      `is ${format}, but this version of unclip reads format ${FORMAT}: export the bundle again`,
    );
  }
}

function readFiles(fields: Fields): BundleSpec["files"] {
  const entries = fields.keys.map((name) => {
    // A name must stay inside the bundle's folder.
    if (!/^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/.test(name)) throw fields.wrong(name, "is not a plain file name");
    const entry = fields.object(name);
    const sha256 = entry.text("sha256");
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw entry.wrong("sha256", "must be 64 hexadecimal digits");
    return [name, { sha256, bytes: entry.integer("bytes", AT_LEAST_ONE) }] as const;
  });
  return Object.fromEntries(entries);
}
