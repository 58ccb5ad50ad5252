// API keys in a file of their own, because `unclip keys` writes them while the server holds the database.
import { randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import { mkdir, open, readFile, rename } from "node:fs/promises";
import path from "node:path";
import type { ApiKey, KeyStore } from "../auth/api-keys.ts";

/** `folder` is the data folder. Changes by other processes are visible at the next call. */
export function keyFile(folder: string): KeyStore {
  const file = path.join(folder, "keys.json");
  let cached: { readonly stamp: string; readonly keys: readonly ApiKey[] } | undefined;

  async function list(): Promise<readonly ApiKey[]> {
    const stamp = readStamp(file);
    if (stamp === undefined) return [];
    if (cached?.stamp !== stamp) cached = { stamp, keys: JSON.parse(await readFile(file, "utf8")) };
    return cached.keys;
  }

  async function write(keys: readonly ApiKey[]): Promise<void> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
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

  return {
    list,
    find: async (id) => (await list()).find((key) => key.id === id),
    add: async (key) => write([...(await list()), key]),
    revoke: async (id) => {
      const keys = await list();
      const left = keys.filter((key) => key.id !== id);
      if (left.length < keys.length) await write(left);
      return left.length < keys.length;
    },
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
