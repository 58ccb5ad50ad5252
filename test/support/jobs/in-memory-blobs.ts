import type { Blob, Blobs, Clock } from "../../../infra/ports.ts";

export class MemoryBlobs implements Blobs {
  readonly blobs = new Map<string, Blob & { readonly at: number }>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async put(key: string, { bytes, contentType }: Blob, options?: { readonly ifAbsent?: boolean }): Promise<boolean> {
    if (!/^[\w./-]+$/.test(key)) throw new Error(`Not a key: ${key}`);
    if (options?.ifAbsent && this.blobs.has(key)) return false;
    this.blobs.set(key, { bytes: bytes.slice(), contentType, at: this.#clock.now() });
    return true;
  }

  async get(key: string): Promise<Blob | undefined> {
    const found = this.blobs.get(key);
    return found && { bytes: found.bytes.slice(), contentType: found.contentType };
  }

  async head(key: string): Promise<{ bytes: number; contentType: string } | undefined> {
    const found = this.blobs.get(key);
    return found && { bytes: found.bytes.length, contentType: found.contentType };
  }

  async remove(key: string): Promise<void> {
    this.blobs.delete(key);
  }

  async signGet(key: string, seconds: number): Promise<{ url: string; expiresAt: number }> {
    const expiresAt = this.#clock.now() + seconds * 1000;
    return { url: `memory:///${key}?expires=${expiresAt}`, expiresAt };
  }

  async signUpload(key: string, limits: { contentType: string; maxBytes: number; seconds: number }) {
    const fields = { key, "Content-Type": limits.contentType, "x-max-bytes": String(limits.maxBytes) };
    return { url: "memory:///", fields, expiresAt: this.#clock.now() + limits.seconds * 1000 };
  }

  async forget(prefix: string, before: number, limit: number): Promise<number> {
    const old = [...this.blobs].filter(([key, { at }]) => key.startsWith(prefix) && at < before).slice(0, limit);
    for (const [key] of old) this.blobs.delete(key);
    return old.length;
  }
}
