// A file system of its own for a data folder, so that it can be full or read-only. Needs the right to mount.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

/** Room for the pictures and cached stages of a campaign with the real engine. */
const MEGABYTES = 256;

export class Volume {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Undefined if this process may not mount. */
  static mount(folder: string): Volume | undefined {
    const options = ["-t", "tmpfs", "-o", `size=${MEGABYTES}m`];
    const { status } = spawnSync("mount", [...options, "unclip-chaos", folder], { stdio: "ignore" });
    return status === 0 ? new Volume(folder) : undefined;
  }

  unmount(): void {
    execFileSync("umount", ["--lazy", this.#folder], { stdio: "ignore" });
  }

  setReadOnly(readOnly: boolean): void {
    execFileSync("mount", ["-o", `remount,${readOnly ? "ro" : "rw"}`, this.#folder], { stdio: "ignore" });
  }

  /** Leaves no byte free until the returned function is called. */
  async fill(): Promise<() => Promise<void>> {
    const file = path.join(this.#folder, "filling");
    for (const chunk of [Buffer.alloc(1 << 20), Buffer.alloc(1 << 12)]) {
      let fits = true;
      while (fits) {
        fits = await writeFile(file, chunk, { flag: "a" }).then(
          () => true,
          () => false,
        );
      }
    }
    return () => rm(file);
  }
}

/** Why no volume can be mounted; undefined if one can. */
export function unmountable(): string | undefined {
  const folder = mkdtempSync(path.join(tmpdir(), "unclip-chaos-"));
  const volume = Volume.mount(folder);
  volume?.unmount();
  rmSync(folder, { recursive: true });
  return volume === undefined ? "this user may not mount a file system" : undefined;
}
