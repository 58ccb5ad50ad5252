// Pictures and captions given as arguments.
import { readFile, stat } from "node:fs/promises";
import { UnclipError } from "../../models/errors.ts";
import type { ImageOrPrompt } from "../../models/request.ts";
import type { Unclip } from "../../models/types.ts";
import { usageError } from "./arguments.ts";
import { slug, stemOf } from "./file-names.ts";
import { DASH } from "./options.ts";
import { readStandardInput } from "./standard-input.ts";

/** The bytes of a picture's file. Throws INVALID_REQUEST if it does not exist or cannot be read. */
export async function readPicture(path: string): Promise<Uint8Array> {
  return readInput(path, "a picture");
}

/** The text of a file, without the white space around it. Throws INVALID_REQUEST. */
export async function readText(path: string, what: string): Promise<string> {
  return new TextDecoder().decode(await readInput(path, what)).trim();
}

async function readInput(path: string, what: string): Promise<Uint8Array> {
  if (path === DASH) return readStandardInput(what);
  try {
    const bytes = await readFile(path);
    if (bytes.length === 0) throw usageError(`${path} is empty`);
    return new Uint8Array(bytes);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") throw usageError(`there is no file ${path}`);
    if (code === "EISDIR") throw usageError(`${path} is a folder, not ${what}`);
    if (code === "EACCES") throw usageError(`${path} is not readable`);
    throw error;
  }
}

type Endpoint = { readonly given: ImageOrPrompt; readonly stem: string; readonly path?: string };

/** Standard input, an existing file, or a word with a picture's extension, is a picture. Everything else is a caption. */
export async function isPicture(word: string): Promise<boolean> {
  return word === DASH || /\.(png|jpe?g|webp)$/i.test(word) || (await isFile(word));
}

export async function readEndpoint(word: string): Promise<Endpoint> {
  if (await isPicture(word)) {
    return { given: { image: await readPicture(word) }, stem: stemOf(word), path: word };
  }
  return { given: { prompt: word }, stem: slug(word) };
}

/** The pictures among the endpoints, by path. */
export function picturesOf(endpoints: readonly Endpoint[]): Map<string, Uint8Array> {
  return new Map(
    endpoints.flatMap(({ given, path }) => ("image" in given && path !== undefined ? [[path, given.image]] : [])),
  );
}

/**
 * Adds the path of the unusable picture to an INVALID_PICTURE error. The engine only sees bytes, so if there are several
 * pictures, each is tried again with `embed`.
 */
export async function withPath(
  error: unknown,
  engine: Unclip,
  pictures: ReadonlyMap<string, Uint8Array> = new Map(),
): Promise<unknown> {
  if (!(error instanceof UnclipError) || error.code !== "INVALID_PICTURE") return error;
  for (const [path, image] of pictures) {
    const unusable = (reason: unknown) => reason instanceof UnclipError && reason.code === "INVALID_PICTURE";
    const usable =
      pictures.size > 1 &&
      (await engine.embed({ image }).then(
        () => true,
        (reason) => !unusable(reason),
      ));
    if (!usable) return new UnclipError(error.code, `${path}: ${error.message}`, { cause: error });
  }
  return error;
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
