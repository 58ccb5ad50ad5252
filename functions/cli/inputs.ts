// Pictures and captions as they stand on the command line.
import { readFile, stat } from "node:fs/promises";
import { UnclipError } from "../../models/errors.ts";
import type { ImageOrPrompt } from "../../models/request.ts";
import type { Unclip } from "../../models/types.ts";
import { usageError } from "./arguments.ts";
import { slug, stemOf } from "./file-names.ts";

/** Throws INVALID_REQUEST when there is no such file. */
export async function readPicture(path: string): Promise<Uint8Array> {
  try {
    const bytes = await readFile(path);
    if (bytes.length === 0) throw usageError(`${path} is empty`);
    return new Uint8Array(bytes);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") throw usageError(`there is no file ${path}`);
    if (code === "EISDIR") throw usageError(`${path} is a folder, not a picture`);
    if (code === "EACCES") throw usageError(`${path} may not be read`);
    throw error;
  }
}

export type Endpoint = { readonly given: ImageOrPrompt; readonly stem: string; readonly path?: string };

/** A file that exists, and whatever ends as a picture's name does, is a picture; all else is a caption. */
export async function readEndpoint(word: string): Promise<Endpoint> {
  if (/\.(png|jpe?g|webp)$/i.test(word) || (await isFile(word))) {
    return { given: { image: await readPicture(word) }, stem: stemOf(word), path: word };
  }
  return { given: { prompt: word }, stem: slug(word) };
}

/** The pictures among the ends, by path. */
export function picturesOf(ends: readonly Endpoint[]): Map<string, Uint8Array> {
  return new Map(
    ends.flatMap(({ given, path }) => ("image" in given && path !== undefined ? [[path, given.image]] : [])),
  );
}

/**
 * The same failure, and for a picture that cannot be used, with the path of that one: the engine knows only bytes, and
 * where there are several it is asked for each whether it can be read.
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
