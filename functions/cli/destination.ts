// Where pictures go: what --out means, decided before any work.
import { access, constants, stat } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { ANIMATIONS, type AnimationFormat } from "../../models/request.ts";
import { usageError } from "./arguments.ts";

export type Destination = {
  readonly folder: string;
  readonly base: string;
  /** A name of ours never takes the place of a file; a name that was asked for does. */
  readonly overwrite: boolean;
  /** --out morph.gif asks for the animation and nothing beside it. */
  readonly animationOnly: boolean;
};

/** `stem` names the files when --out does not. Throws INVALID_REQUEST, also for a folder that cannot be written to. */
export async function destinationOf(
  out: string | undefined,
  stem: string,
  animate?: AnimationFormat,
): Promise<Destination> {
  const place = await read(out, stem, animate);
  try {
    if (!(await stat(place.folder)).isDirectory()) throw usageError(`--out: ${place.folder} is no folder`);
    await access(place.folder, constants.W_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw usageError(`--out: the folder ${place.folder} does not exist`);
    if (code === "EACCES" || code === "EROFS") throw usageError(`--out: nothing can be written to ${place.folder}`);
    throw error;
  }
  return place;
}

/** The animation that the name of a file asks for. */
export function animationOf(out: string | undefined): AnimationFormat | undefined {
  return ANIMATIONS.find((format) => out?.endsWith(`.${format}`));
}

async function read(out: string | undefined, stem: string, animate?: AnimationFormat): Promise<Destination> {
  const ours = { base: stem, overwrite: false, animationOnly: false };
  if (out === undefined) return { folder: ".", ...ours };
  if (out === "") throw usageError("--out is empty");
  if (/[\\/]$/.test(out) || (await isFolder(out))) return { folder: out, ...ours };
  const ending = extname(out).slice(1);
  const animationOnly = ending !== "" && ending === animate;
  if (!animationOnly && ending !== "png" && ending !== "") {
    const other = animationOf(out) !== undefined && animate !== undefined ? ` and the animation is ${animate}` : "";
    throw usageError(`--out ends in .${ending}, but pictures are written as .png${other}`);
  }
  const base = basename(out, extname(out));
  return { folder: dirname(out), base, overwrite: true, animationOnly };
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** The first name among BASE, BASE_2, BASE_3, ... under which nothing that is to be written exists yet. */
export async function freeBase(
  { folder, base, overwrite }: Destination,
  filesOf: (base: string) => readonly string[],
): Promise<string> {
  if (overwrite) return base;
  for (let number = 1; ; number++) {
    // Not a dash: apple-2 is the second picture of a batch.
    const candidate = number === 1 ? base : `${base}_${number}`;
    const taken = await Promise.all(filesOf(candidate).map((file) => exists(join(folder, file))));
    if (!taken.includes(true)) return candidate;
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
