// Where output files go: interprets --out, before any work is done.
import { access, constants, mkdir, stat } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { ANIMATIONS, type AnimationFormat } from "../../models/request.ts";
import { usageError } from "./arguments.ts";

export type Destination = {
  readonly folder: string;
  readonly base: string;
  /** Only a name that the user gave may overwrite files. */
  readonly overwrite: boolean;
  /** --out morph.gif writes only the animation. */
  readonly animationOnly: boolean;
};

/** `stem` names the files if --out does not. Throws INVALID_REQUEST, also if the folder is not writable. */
export async function resolveDestination(
  out: string | undefined,
  stem: string,
  animate?: AnimationFormat,
): Promise<Destination> {
  const destination = await parseOut(out, stem, animate);
  await checkWritable(destination.folder, /[\\/]$/.test(out ?? ""));
  return destination;
}

/** Throws INVALID_REQUEST. A folder that will be made needs a writable one to be made in. */
async function checkWritable(folder: string, mayBeMade: boolean): Promise<void> {
  try {
    if (!(await stat(folder)).isDirectory()) throw usageError(`--out: ${folder} is not a folder`);
    await access(folder, constants.W_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const parent = dirname(folder);
    if (code === "ENOENT" && mayBeMade && parent !== folder) return checkWritable(parent, true);
    if (code === "ENOENT") throw usageError(`--out: the folder ${folder} does not exist (${folder}/ makes it)`);
    if (code === "ENOTDIR") throw usageError(`--out: ${parent} is not a folder`);
    if (code === "EACCES" || code === "EROFS") throw usageError(`--out: the folder ${folder} is not writable`);
    throw error;
  }
}

/** Makes the folder of a destination, if --out named a new one. */
export async function makeFolder({ folder }: Destination): Promise<void> {
  await mkdir(folder, { recursive: true });
}

/** The animation format of a file name, if it has one. */
export function animationFormatOf(out: string | undefined): AnimationFormat | undefined {
  return ANIMATIONS.find((format) => out?.endsWith(`.${format}`));
}

async function parseOut(out: string | undefined, stem: string, animate?: AnimationFormat): Promise<Destination> {
  const unnamed = { base: stem, overwrite: false, animationOnly: false };
  if (out === undefined) return { folder: ".", ...unnamed };
  if (out === "") throw usageError("--out must not be empty");
  const existing = await stat(out).catch(() => undefined);
  if (/[\\/]$/.test(out) || existing?.isDirectory()) return { folder: out, ...unnamed };
  // A pipe, a socket or a device.
  if (out.startsWith("/dev/") || existing?.isFile() === false)
    throw usageError(`--out: ${out} is not a file; --out - is standard output`);
  const ending = extname(out).slice(1);
  const animationOnly = ending !== "" && ending === animate;
  if (!animationOnly && ending !== "png" && ending !== "") {
    const other =
      animationFormatOf(out) !== undefined && animate !== undefined ? ` and the animation is ${animate}` : "";
    throw usageError(`--out ends in .${ending}, but pictures are written as .png${other}`);
  }
  const base = basename(out, extname(out));
  return { folder: dirname(out), base, overwrite: true, animationOnly };
}

/** The first of BASE, BASE_2, BASE_3, ... for which none of the files exists. */
export async function freeBase(
  { folder, base, overwrite }: Destination,
  filesOf: (base: string) => readonly string[],
): Promise<string> {
  if (overwrite) return base;
  for (let number = 1; ; number++) {
    // Not a dash: apple-2 is already the second picture of a batch.
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
