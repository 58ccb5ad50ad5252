// The owner's deny list, from the settings to the function that refuses a prompt.
import { existsSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { addDenyList, DENY_LIST } from "../../cdk/deny-list.ts";
import { ENTRY_NAMES } from "../../cdk/lambda-entries.ts";
import { readDenyList } from "../../functions/deny-list.ts";
import { ConfigError } from "../../infra/config/parsers.ts";
import { EVERYTHING, ROOT, stubCode } from "../support/cdk/synth.ts";

test("the deny list lies beside the code of every function, which reads it there", async () => {
  const built = stubCode();
  for (const entry of ENTRY_NAMES) {
    const code = addDenyList(path.join(built, "lambda", entry), path.join(ROOT, EVERYTHING.denyList));
    expect(existsSync(path.join(code, `${entry}.mjs`))).toBe(true);
    const { prompt } = readDenyList(path.join(code, DENY_LIST))!;
    expect(await prompt("A pipe and its Tobacco.")).toMatch(/not allowed/);
    expect(await prompt("a red apple")).toBeUndefined();
  }
});

test("adding a deny list leaves the built code as it is", () => {
  const code = path.join(stubCode(), "lambda", "graphql");
  addDenyList(code, path.join(ROOT, EVERYTHING.denyList));
  expect(existsSync(path.join(code, DENY_LIST))).toBe(false);
});

test("there is no deny list unless it is set, and an unreadable one stops a function from starting", () => {
  expect(readDenyList(undefined)).toBeUndefined();
  expect(() => readDenyList("nowhere.txt")).toThrow(ConfigError);
});
