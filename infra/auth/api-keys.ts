// API keys: shown once, stored as a hash. A key has 160 random bits, so a plain SHA-256 cannot be brute-forced.
import { createHash, randomBytes } from "node:crypto";

export type ApiKey = {
  /** The public part, with which the key begins. It identifies the key in lists and when revoking it. */
  readonly id: string;
  readonly name: string;
  /** Whose jobs the key gives access to. */
  readonly owner: string;
  /** Maximum number of pictures in flight. */
  readonly quota: number;
  readonly hash: string;
  readonly createdAt: number;
};

export type KeyStore = {
  list(): Promise<readonly ApiKey[]>;
  /** By the id with which the key begins. */
  find(id: string): Promise<ApiKey | undefined>;
  add(key: ApiKey): Promise<void>;
  /** Returns false if there is no such key. */
  revoke(id: string): Promise<boolean>;
};

/** Pictures in flight per owner. */
export const QUOTA = { min: 1, max: 100_000, default: 64 } as const;

/** Owners are part of blob keys, where "." and ".." would resolve to another key. */
export function isOwner(text: string): boolean {
  return /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,64}$/.test(text);
}

const KEY_FORMAT = /^unclip_([0-9a-f]{8})_[0-9a-f]{40}$/;

/** `secret` is what the client sends. It cannot be recovered from the stored key. */
export function mintKey(facts: Pick<ApiKey, "name" | "owner" | "quota">, now: number): { key: ApiKey; secret: string } {
  const id = randomBytes(4).toString("hex");
  const secret = `unclip_${id}_${randomBytes(20).toString("hex")}`;
  return { secret, key: { id, ...facts, hash: hashOf(secret), createdAt: now } };
}

/** The key in `Authorization: Bearer unclip_...`; undefined if there is none, or it is wrong or revoked. */
export async function authenticateKey(
  store: Pick<KeyStore, "find">,
  authorization: string | null | undefined,
): Promise<ApiKey | undefined> {
  const secret = /^Bearer (\S+)$/i.exec(authorization?.trim() ?? "")?.[1];
  const id = secret && KEY_FORMAT.exec(secret)?.[1];
  const key = id ? await store.find(id) : undefined;
  // Comparing hashes reveals nothing about the key through timing.
  return key && key.hash === hashOf(secret!) ? key : undefined;
}

function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}
