// A stage cache in memory, which returns the very bytes it was given.
import type { StageCache } from "../../../models/types.ts";

export class MemoryStageCache implements StageCache {
  readonly kept = new Map<string, Uint8Array>();
  /** Its calls, in order: "load decoder/0", "save decoder/0". */
  readonly log: string[] = [];

  async load(name: string): Promise<Uint8Array | undefined> {
    this.log.push(`load ${name}`);
    return this.kept.get(name);
  }

  async save(name: string, bytes: Uint8Array): Promise<void> {
    this.log.push(`save ${name}`);
    this.kept.set(name, bytes);
  }
}
