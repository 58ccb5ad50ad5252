// A page of the guide as its reader follows it: the files are written, and the commands are run in their order.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

const ROOT = path.resolve(import.meta.dirname, "../../..");

export type Step =
  /** A block that begins with a comment, or without comments (JSON) is preceded by a line, with the name of the file. */
  | { readonly kind: "file"; readonly name: string | undefined; readonly code: string }
  /** A block for a shell. */
  | { readonly kind: "command"; readonly code: string }
  /** A block for a shell that installs packages. */
  | { readonly kind: "installation"; readonly packages: readonly string[] };

const BLOCK = /(?<before>[^\n]*)\n\n```(?<language>\w*)\n(?<code>.*?)^```$/gms;
const FILE_NAME = /^(?:\/\/|#|<!--) ([\w./-]+\.\w+)(?: -->)?\n/;
const NAME_BEFORE = /`([\w./-]+\.json)`:$/;
const INSTALLATION = /^(?:\.venv\/bin\/)?(?:npm|pip) install (?:--save-dev |-D )?(.+)$/gm;

/** The blocks of a page, from the root of the repository. */
export function stepsOf(page: string): Step[] {
  const text = readFileSync(path.join(ROOT, page), "utf8");
  return Array.from(text.matchAll(BLOCK), ({ groups }): Step => {
    const { before, language, code } = groups as Record<"before" | "language" | "code", string>;
    if (language !== "sh") {
      const [, name] = FILE_NAME.exec(code) ?? NAME_BEFORE.exec(before) ?? [];
      return { kind: "file", name, code };
    }
    const packages = Array.from(code.matchAll(INSTALLATION), ([, names]) => names!.split(" ")).flat();
    return packages.length > 0 ? { kind: "installation", packages } : { kind: "command", code };
  });
}

/** Names without versions and extras: `gql[aiohttp]` -> "gql". */
export function installedBy(steps: readonly Step[]): string[] {
  return steps
    .flatMap((step) => (step.kind === "installation" ? step.packages : []))
    .map((name) => name.replace(/"/g, "").replace(/(?<=.)@.*$|\[.*$/, ""));
}

export type Reader = {
  /** Where the files are written. */
  readonly folder: string;
  /** What is replaced in each block, such as the address of the server. */
  readonly replaced?: Readonly<Record<string, string>>;
  /** Runs a command in the folder, and returns what it prints. */
  readonly run: (command: string, ...args: string[]) => Promise<{ readonly stdout: string; readonly stderr: string }>;
};

/** Returns what each command printed, errors included. */
export async function followSteps(steps: readonly Step[], { folder, replaced = {}, run }: Reader): Promise<string[]> {
  const printed: string[] = [];
  for (const step of steps) {
    if (step.kind === "installation") continue;
    let { code } = step;
    for (const [from, to] of Object.entries(replaced)) code = code.replaceAll(from, to);
    if (step.kind === "file") {
      if (step.name === undefined) throw new Error(`a block does not say the name of its file:\n${code}`);
      const file = path.join(folder, step.name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, code);
    } else {
      const { stdout, stderr } = await run("bash", "--norc", "-euo", "pipefail", "-c", code);
      printed.push(stderr + stdout);
    }
  }
  return printed;
}
