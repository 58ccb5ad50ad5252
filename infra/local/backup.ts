// Copies of a data folder, made while its server runs. The command that copies is a process of its own: a process that
// closes a file loses its locks on it, so the server itself must not read the database's file.
import { createHmac } from "node:crypto";
import { constants, existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { copyFile, mkdir, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Clock } from "../ports.ts";
import { isEqualConstantTime } from "../util/is-equal-constant-time.ts";
import { blobFiles } from "./blob-files.ts";
import { DataFolderError } from "./data-folder.ts";
import { type Database, openDatabase } from "./database.ts";
import { readSecret } from "./secret.ts";

const PATH = "/backup";
const HEADER = "x-unclip-backup";
/** Age at which a signature is refused. */
const VALID_MS = 60_000;
/** The write-ahead log grows while a copy is made, so a copy that hangs must end. */
const LONGEST_MS = 3_600_000;
const FILES = ["unclip.db", "keys.json", "secret"];

const urlFile = (folder: string): string => join(folder, "unclip.url");

/** Stores where the folder's server listens, for `backUp`. Returns a function that deletes the file. */
export function announce(folder: string, url: string): () => void {
  writeFileSync(urlFile(folder), url, { mode: 0o600 });
  return () => rmSync(urlFile(folder), { force: true });
}

/** Keeps the database's file unchanged for as long as the caller reads the response. Undefined for other paths. */
export function backupRoute(database: Database, secret: Uint8Array, clock: Clock) {
  return (request: Request): Response | undefined => {
    if (new URL(request.url).pathname !== PATH) return undefined;
    const [time = "", signature = ""] = request.headers.get(HEADER)?.split(".") ?? [];
    const isFresh = Math.abs(clock.now() - Number(time)) < VALID_MS;
    if (request.method !== "POST" || !isFresh || !isEqualConstantTime(signature, sign(secret, time))) {
      return new Response("Forbidden\n", { status: 403 });
    }
    let unfreeze = () => {};
    let timer: NodeJS.Timeout;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        unfreeze = database.freezeFile();
        controller.enqueue(Buffer.from("frozen\n"));
        timer = setTimeout(() => {
          unfreeze();
          controller.close();
        }, LONGEST_MS).unref();
      },
      cancel: () => {
        clearTimeout(timer);
        unfreeze();
      },
    });
    return new Response(body, { headers: { "content-type": "text/plain", "cache-control": "no-store" } });
  };
}

/**
 * Copies a data folder to `target`, which must not exist. The copy is consistent: the state at one moment, with all
 * pictures of that moment. Throws DataFolderError.
 */
export async function backUp(folder: string, target: string): Promise<void> {
  const [draft, blobs] = [`${resolve(target)}.partial`, join(folder, "blobs")];
  const thaw = await freeze(folder);
  try {
    await rm(draft, { recursive: true, force: true });
    await mkdir(draft, { recursive: true, mode: 0o700 });
    const before = stamp(folder);
    for (const name of FILES) await copyIfThere(join(folder, name), join(draft, name));
    if (stamp(folder) !== before) throw new Error(`${folder} was changed while it was copied. Repeat the command.`);
    // After the database: a picture is written before the record that names it.
    if (existsSync(blobs)) await copyBlobs(blobs, join(draft, "blobs"));
    await rename(draft, target);
  } finally {
    thaw();
    await rm(draft, { recursive: true, force: true });
  }
}

/** Asks the folder's server to leave its database's file unchanged; without one, completes the file. */
async function freeze(folder: string): Promise<() => void> {
  const url = readUrl(folder);
  const end = new AbortController();
  if (url !== undefined) {
    const time = String(Date.now());
    const headers = { [HEADER]: `${time}.${sign(readSecret(folder), time)}` };
    const response = await fetch(`${url}${PATH}`, { method: "POST", headers, signal: end.signal }).catch(
      () => undefined,
    );
    const first = response?.ok ? await response.body!.getReader().read() : undefined;
    if (first?.value !== undefined) return () => end.abort();
    if (response && !response.ok) {
      throw new DataFolderError("IN_USE", folder, `The server at ${url} refused the backup (${response.status}).`);
    }
  }
  openDatabase(folder).close();
  return () => {};
}

function readUrl(folder: string): string | undefined {
  try {
    return readFileSync(urlFile(folder), "utf8");
  } catch {
    return undefined;
  }
}

function stamp(folder: string): string {
  const { mtimeMs, size } = statSync(join(folder, FILES[0]!));
  return `${mtimeMs} ${size}`;
}

async function copyBlobs(from: string, to: string): Promise<void> {
  for await (const file of blobFiles(from)) {
    await mkdir(dirname(join(to, file)), { recursive: true, mode: 0o700 });
    await copyIfThere(join(from, file), join(to, file));
  }
}

/** A file may be deleted meanwhile, because it is old. */
async function copyIfThere(from: string, to: string): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_FICLONE).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
}

function sign(secret: Uint8Array, time: string): string {
  return createHmac("sha256", secret).update(`backup\n${time}`).digest("hex");
}
