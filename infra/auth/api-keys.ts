// API keys: shown once, kept as a hash. A key has 160 random bits, so a plain SHA-256 of it cannot be searched through.
import { createHash, randomBytes } from "node:crypto";

export type ApiKey = {
  /** Public part, to tell keys apart and revoke them: it begins the key. */
  readonly id: string;
  readonly name: string;
  /** Whose jobs its bearer sees. */
  readonly owner: string;
  /** Pictures in flight. */
  readonly quota: number;
  readonly hash: string;
  readonly createdAt: number;
};

export type KeyStore = {
  list(): Promise<readonly ApiKey[]>;
  /** By the id that the key begins with. */
  find(id: string): Promise<ApiKey | undefined>;
  add(key: ApiKey): Promise<void>;
  /** False when there is none. */
  revoke(id: string): Promise<boolean>;
};

/** Pictures in flight of one owner. */
export const QUOTA = { min: 1, max: 100_000, default: 64 } as const;

/** An owner is part of the keys of blobs, where "." and ".." would lead elsewhere. */
export function isOwner(text: string): boolean {
  return /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,64}$/.test(text);
}

const FORM = /^unclip_([0-9a-f]{8})_[0-9a-f]{40}$/;

/** `secret` is what its bearer sends; nobody can tell it again. */
export function mintKey(facts: Pick<ApiKey, "name" | "owner" | "quota">, now: number): { key: ApiKey; secret: string } {
  const id = randomBytes(4).toString("hex");
  const secret = `unclip_${id}_${randomBytes(20).toString("hex")}`;
  return { secret, key: { id, ...facts, hash: hashOf(secret), createdAt: now } };
}

/** The key behind `Authorization: Bearer unclip_...`; undefined for none, a wrong or a revoked one. */
export async function keyOf(
  store: Pick<KeyStore, "find">,
  authorization: string | null | undefined,
): Promise<ApiKey | undefined> {
  const secret = /^Bearer (\S+)$/i.exec(authorization?.trim() ?? "")?.[1];
  const id = secret && FORM.exec(secret)?.[1];
  const key = id ? await store.find(id) : undefined;
  // Two hashes are compared, so how long it takes says nothing of the key.
  return key && key.hash === hashOf(secret!) ? key : undefined;
}

function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}
