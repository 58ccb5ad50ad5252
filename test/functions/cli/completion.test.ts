// Completion scripts, read by the shells themselves where this machine has them.
import { execFileSync, spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { completionScript, type Shell } from "../../../functions/cli/completion.ts";
import { UNCLIP } from "../../../functions/cli/run.ts";
import { emptyFolder } from "../../support/cli/unclip.ts";

const has = (shell: Shell) => spawnSync(shell, ["--version"]).status === 0;

/** What the shell says after it read the script. */
async function ask(shell: Shell, commands: string): Promise<string[]> {
  const folder = await emptyFolder(onTestFinished);
  await writeFile(join(folder, "script"), completionScript(UNCLIP, shell));
  const args = ["-c", `source ./script; ${commands}`];
  const env = { PATH: process.env.PATH, HOME: folder };
  return execFileSync(shell, args, { cwd: folder, env, encoding: "utf8" }).trim().split(/\s+/);
}

describe.skipIf(!has("bash"))("bash completes", () => {
  const words = (...given: string[]) =>
    ask(
      "bash",
      `COMP_WORDS=(unclip ${given.map((word) => `"${word}"`).join(" ")}); COMP_CWORD=${given.length}
      _unclip; echo "\${COMPREPLY[@]}"`,
    );

  it.each([
    [["ge"], ["generate"]],
    [
      ["generate", "a cat", "--prior-s"],
      ["--prior-steps", "--prior-samples"],
    ],
    [["variations", "--stre"], ["--strength"]],
    [["generate", "--strength"], [""]],
    [["generate", "--preset", "b"], ["best"]],
    [["variations", "scr"], ["script"]],
    [["generate", "-o", "scr"], ["script"]],
  ])("%j", async (given, expected) => {
    expect(await words(...given)).toEqual(expected);
  });
});

describe.skipIf(!has("fish"))("fish completes", () => {
  it.each([
    ["ge", ["generate"]],
    ["generate --prior-s", ["--prior-samples", "--prior-steps"]],
    ["generate --preset b", ["best"]],
    ["generate --key-file scr", ["script"]],
  ])("unclip %s", async (line, expected) => {
    expect(await ask("fish", `complete -C "unclip ${line}" | string replace -r '\\t.*' ''; true`)).toEqual(expected);
  });
});

it.skipIf(!has("zsh"))("zsh reads its script", () => {
  const { status, stderr } = spawnSync("zsh", ["-n"], { input: completionScript(UNCLIP, "zsh"), encoding: "utf8" });
  expect([status, stderr]).toEqual([0, ""]);
});

it.each(["bash", "zsh", "fish"] as const)("the script for %s names every command and option of unclip", (shell) => {
  const script = completionScript(UNCLIP, shell);
  for (const { name, options } of UNCLIP.commands) {
    expect(script).toContain(name);
    for (const option of options) expect(script).toContain(shell === "fish" ? `-l ${option} ` : `--${option}`);
  }
  expect(completionScript({ ...UNCLIP, name: "unclip-aws" }, shell)).toMatch(/_unclip_aws|-c unclip-aws/);
});
