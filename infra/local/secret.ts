import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

const BYTES = 32;

/** What the data folder signs with; made at first use, and readable to its owner only. */
export function readSecret(folder: string): Buffer {
  const file = join(folder, "secret");
  const secret = read(file) ?? make(file);
  if (secret.length !== BYTES) {
    throw new Error(`${file} must have ${BYTES} bytes, not ${secret.length}. Without it, new ones are made.`);
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

/** Whole or not at all, whenever the process or the power ends. */
function make(file: string): Buffer {
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
