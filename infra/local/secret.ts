import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { DataFolderError } from "./data-folder.ts";

const BYTES = 32;

/** The data folder's signing key. Created at first use, readable only by its owner. Throws DataFolderError. */
export function readSecret(folder: string): Buffer {
  const file = join(folder, "secret");
  const secret = read(file) ?? create(file);
  if (secret.length !== BYTES) {
    const advice = "Restore it from a backup, or delete it: then signed URLs and webhook secrets change.";
    throw new DataFolderError("DAMAGED", folder, `${file} has ${secret.length} bytes instead of ${BYTES}. ${advice}`);
  }
  return secret;
}

function read(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return undefined;
  }
}

/** Atomic: after a crash or power failure the file is complete or does not exist. */
function create(file: string): Buffer {
  const secret = randomBytes(BYTES);
  const draft = `${file}.${process.pid}`;
  const handle = openSync(draft, "w", 0o600);
  writeSync(handle, secret);
  fsyncSync(handle);
  closeSync(handle);
  linkSync(draft, file);
  rmSync(draft);
  return secret;
}
