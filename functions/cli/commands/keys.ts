import { resolve } from "node:path";
import { isOwner, type KeyStore, mintKey, QUOTA } from "../../../infra/auth/api-keys.ts";
import { cliSettings } from "../../../infra/config/env.ts";
import { keyFile } from "../../../infra/local/key-file.ts";
import { usageError } from "../arguments.ts";
import { columns } from "../columns.ts";
import type { Command, Report } from "../command.ts";
import { slug } from "../file-names.ts";
import type { Values } from "../options.ts";

export const keys: Command = {
  name: "keys",
  summary: "make, list and revoke API keys, of the server on this machine or of one on AWS",
  usage: "create NAME | list | revoke ID",
  takes: { min: 1, max: 2, what: "create NAME, list or revoke ID" },
  options: ["owner", "quota", "data", "table"],
  about: `From the first key on, the server asks every caller for one; it need not be started again. A key is told
once, when it is made. Keys of one owner see the same jobs; those drawn without keys are the owner
"local"'s. On AWS nobody comes in without a key.`,
  examples: ['keys create "my app" --quota 32', "keys list --json", 'keys create "my app" --table unclip-jobs'],
  prepare: async ({ positionals: [verb = "", word], values }) => {
    const task = taskOf(verb, word, values);
    return { alone: async () => task(await placeOf(values)) };
  },
};

type Place = {
  readonly store: KeyStore;
  readonly name: string;
  /** What follows from there being no key. */
  readonly open: string;
};

type KeyTask = (place: Place) => Promise<Report>;

async function placeOf({ data, table }: Values): Promise<Place> {
  if (data !== undefined && table !== undefined)
    throw usageError("keys are in a folder (--data) or in a table (--table)");
  if (table !== undefined) {
    const { keysOf } = await import("../../aws/admin.ts");
    return { store: keysOf(table), name: table, open: "nobody comes in without one" };
  }
  const folder = data === undefined ? cliSettings().data : resolve(data);
  return { store: keyFile(folder), name: folder, open: "its server lets in whoever is on this machine" };
}

/** Throws INVALID_REQUEST. */
function taskOf(verb: string, word: string | undefined, values: Values): KeyTask {
  if (verb === "create" && word !== undefined) return create(word, values);
  for (const name of ["owner", "quota"] as const) {
    if (name in values) throw usageError(`--${name} is for keys create`);
  }
  if (verb === "list" && word === undefined) return list;
  if (verb === "revoke" && word !== undefined) return revoke(word);
  throw usageError(`keys takes ${keys.takes.what}, not ${[verb, word].filter((each) => each !== undefined).join(" ")}`);
}

function create(name: string, { owner = ownerOf(name), quota = QUOTA.default }: Values): KeyTask {
  if (!/^[^\p{Cc}]{1,100}$/u.test(name)) throw usageError("the name must have 1 to 100 letters, in one line");
  if (!isOwner(owner)) {
    throw usageError(`--owner must be 1 to 64 of A-Z, a-z, 0-9, ".", "_" and "-", not ${JSON.stringify(owner)}`);
  }
  if (!(Number.isInteger(quota) && quota >= QUOTA.min && quota <= QUOTA.max)) {
    throw usageError(`--quota must be a whole number from ${QUOTA.min} to ${QUOTA.max}, not ${quota}`);
  }
  return async ({ store, name: place }) => {
    const { key, secret } = mintKey({ name, owner, quota }, Date.now());
    await store.add(key);
    const { hash: _, ...told } = key;
    return {
      lines: [secret],
      json: { ...told, secret, place },
      summary: `This is the one time it is shown. It sees the jobs of ${owner}, and is for the server of ${place}.`,
    };
  };
}

/** "Café 2" -> "cafe-2"; nothing that fits where the name has no such letter, so that no two of those share an owner. */
function ownerOf(name: string): string {
  const plain = name.normalize("NFKD").replace(/\p{M}/gu, "");
  return /[\p{L}\p{N}]/u.test(plain) ? slug(plain) : name;
}

const list: KeyTask = async ({ store, name: place, open }) => {
  const all = (await store.list()).map(({ hash: _, createdAt, ...key }) => {
    return { ...key, createdAt: new Date(createdAt).toISOString() };
  });
  const rows = all.map(({ id, name, owner, quota, createdAt }) => [id, name, owner, String(quota), createdAt]);
  return {
    lines: columns([["id", "name", "owner", "quota", "created"], ...rows]),
    json: { place, keys: all },
    ...(all.length === 0 && { summary: `No keys in ${place}: ${open}.` }),
  };
};

function revoke(id: string): KeyTask {
  return async ({ store, name: place, open }) => {
    if (!(await store.revoke(id))) throw usageError(`there is no key ${id} in ${place}: "unclip keys list" lists them`);
    const last = (await store.list()).length === 0;
    return {
      lines: [id],
      json: { revoked: id, place },
      ...(last && { warnings: [`that was the last key: ${open}`] }),
    };
  };
}
