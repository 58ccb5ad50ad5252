// The command `keys`, over any store of keys.
import { isOwner, type KeyStore, mintKey, QUOTA } from "../../infra/auth/api-keys.ts";
import { usageError } from "./arguments.ts";
import { columns } from "./columns.ts";
import type { Command, Report } from "./command.ts";
import { slug } from "./file-names.ts";
import type { OptionName, Values } from "./options.ts";

type KeyPlace = {
  readonly store: KeyStore;
  /** A folder or a table. */
  readonly name: string;
  /** What an empty store means for callers. */
  readonly withoutKeys: string;
};

type KeysOptions = {
  readonly program: string;
  readonly summary: string;
  /** The options that name the place. */
  readonly options: readonly OptionName[];
  readonly about: string;
  readonly examples: readonly string[];
  readonly open: (values: Values) => KeyPlace;
};

type KeyTask = (place: KeyPlace) => Promise<Report>;

const TAKES = { min: 1, max: 2, what: "create NAME, list or revoke ID" } as const;

export function keysCommand({ program, summary, options, about, examples, open }: KeysOptions): Command {
  return {
    name: "keys",
    summary,
    usage: "create NAME | list | revoke ID",
    takes: TAKES,
    options: ["owner", "quota", ...options],
    about,
    examples,
    prepare: async ({ positionals: [verb = "", word], values }) => {
      const task = parseTask(program, verb, word, values);
      return { alone: async () => task(open(values)) };
    },
  };
}

/** Throws INVALID_REQUEST. */
function parseTask(program: string, verb: string, word: string | undefined, values: Values): KeyTask {
  if (verb === "create" && word !== undefined) return create(word, values);
  for (const name of ["owner", "quota"] as const) {
    if (name in values) throw usageError(`--${name} is for keys create`);
  }
  if (verb === "list" && word === undefined) return list;
  if (verb === "revoke" && word !== undefined) return revoke(program, word);
  throw usageError(`keys takes ${TAKES.what}, not ${[verb, word].filter((each) => each !== undefined).join(" ")}`);
}

function create(name: string, { owner = ownerOf(name), quota = QUOTA.default }: Values): KeyTask {
  if (!/^[^\p{Cc}]{1,100}$/u.test(name)) throw usageError("the name must have 1 to 100 characters and no line breaks");
  if (!isOwner(owner)) {
    throw usageError(`--owner must be 1 to 64 of A-Z, a-z, 0-9, ".", "_" and "-", not ${JSON.stringify(owner)}`);
  }
  if (!(Number.isInteger(quota) && quota >= QUOTA.min && quota <= QUOTA.max)) {
    throw usageError(`--quota must be a whole number from ${QUOTA.min} to ${QUOTA.max}, not ${quota}`);
  }
  return async ({ store, name: place }) => {
    const { key, secret } = mintKey({ name, owner, quota }, Date.now());
    await store.add(key);
    const { hash: _, ...shown } = key;
    return {
      lines: [secret],
      json: { ...shown, secret, place },
      summary: `The key is shown only once. It gives access to the jobs of ${owner} at ${place}.`,
    };
  };
}

/** "Café 2" -> "cafe-2". A name without any letter or digit stays as it is, so that no two such names share an owner. */
function ownerOf(name: string): string {
  const plain = name.normalize("NFKD").replace(/\p{M}/gu, "");
  return /[\p{L}\p{N}]/u.test(plain) ? slug(plain) : name;
}

const list: KeyTask = async ({ store, name: place, withoutKeys }) => {
  const all = (await store.list()).map(({ hash: _, createdAt, ...key }) => {
    return { ...key, createdAt: new Date(createdAt).toISOString() };
  });
  const rows = all.map(({ id, name, owner, quota, createdAt }) => [id, name, owner, String(quota), createdAt]);
  return {
    lines: columns([["id", "name", "owner", "quota", "created"], ...rows]),
    json: { place, keys: all },
    ...(all.length === 0 && { summary: `No keys in ${place}: ${withoutKeys}.` }),
  };
};

function revoke(program: string, id: string): KeyTask {
  return async ({ store, name: place, withoutKeys }) => {
    if (!(await store.revoke(id))) {
      throw usageError(`there is no key ${id} in ${place}: "${program} keys list" lists them`);
    }
    const last = (await store.list()).length === 0;
    return {
      lines: [id],
      json: { revoked: id, place },
      ...(last && { warnings: [`that was the last key: ${withoutKeys}`] }),
    };
  };
}
