// The owner's list of words, from the repository to the function that refuses a prompt for it.
import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { DENY_LIST, deployDenyList } from "../../cdk/deny-list.ts";
import { ENTRY_NAMES } from "../../cdk/lambda-entries.ts";
import { settingsOf } from "../../cdk/settings.ts";
import { readDenyList } from "../../functions/deny-list.ts";
import { ConfigError } from "../../infra/config/parsers.ts";
import { EVERYTHING, ROOT } from "../support/cdk/synth.ts";

test("lies beside the code of every function, and is read there", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "unclip-deny-"));
  const code = (entry: string) => path.join(folder, entry);
  for (const entry of ENTRY_NAMES) mkdirSync(code(entry));
  deployDenyList(settingsOf({ "unclip:denyList": EVERYTHING.denyList }), { root: ROOT, code });
  for (const entry of ENTRY_NAMES) {
    const { prompt } = readDenyList(path.join(code(entry), DENY_LIST))!;
    expect(await prompt("A pipe and its Tobacco.")).toMatch(/not allowed/);
    expect(await prompt("a red apple")).toBeUndefined();
  }
});

test("is none unless it is set, and one that cannot be read keeps a function from starting", () => {
  expect(readDenyList(undefined)).toBeUndefined();
  expect(() => readDenyList("nowhere.txt")).toThrow(ConfigError);
});
