// API keys in a file of their own, because `unclip keys` writes them while the server holds the database.
import { randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import { open, readFile, rename } from "node:fs/promises";
import path from "node:path";
import type { ApiKey, KeyStore } from "../auth/api-keys.ts";
import { createDataFolder, DataFolderError } from "./data-folder.ts";
import { lockFile } from "./lock-file.ts";

/**
 * `folder` is the data folder. Changes by other processes are visible at the next call. Methods throw DataFolderError if
 * the file is damaged or cannot be written.
 */
export function keyFile(folder: string): KeyStore {
  const file = path.join(folder, "keys.json");
  let cached: { readonly stamp: string; readonly keys: readonly ApiKey[] } | undefined;

  async function list(): Promise<readonly ApiKey[]> {
    const stamp = readStamp(file);
    if (stamp === undefined) return [];
    if (cached?.stamp !== stamp) cached = { stamp, keys: parse(await readFile(file, "utf8")) };
    return cached.keys;
  }

  function parse(text: string): readonly ApiKey[] {
    try {
      return JSON.parse(text);
    } catch (cause) {
      const advice = "Restore it from a backup, or delete it: then there are no API keys.";
      throw new DataFolderError("DAMAGED", folder, `${file} is not valid JSON. ${advice}`, { cause });
    }
  }

  async function write(keys: readonly ApiKey[]): Promise<void> {
    const temporary = `${file}.${randomBytes(4).toString("hex")}`;
    const handle = await open(temporary, "wx", 0o600);
    try {
      await handle.writeFile(`${JSON.stringify(keys, null, 2)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  }

  /** A change reads the file and writes it, so two commands at a time would lose one change. */
  async function locked<T>(change: () => Promise<T>): Promise<T> {
    createDataFolder(folder);
    const release = await lockFile(`${file}.lock`);
    try {
      return await change();
    } finally {
      await release();
    }
  }

  return {
    list,
    find: async (id) => (await list()).find((key) => key.id === id),
    add: (key) => locked(async () => write([...(await list()), key])),
    revoke: (id) =>
      locked(async () => {
        const keys = await list();
        const left = keys.filter((key) => key.id !== id);
        if (left.length < keys.length) await write(left);
        return left.length < keys.length;
      }),
  };
}

/**
 * Changes with each write; undefined if there is no file. Called for every request. Synchronous, because the system call
 * is faster than a round trip to Node's thread pool.
 */
function readStamp(file: string): string | undefined {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat && `${stat.ino} ${stat.mtimeMs} ${stat.size}`;
}
