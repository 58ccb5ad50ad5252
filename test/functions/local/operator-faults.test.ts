// What an operator can get wrong: each start fails with one sentence, and leaves nothing behind.
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { LocalSettings } from "../../../infra/config/env.ts";
import { DataFolderError } from "../../../infra/local/data-folder.ts";
import { UnclipError } from "../../../models/errors.ts";
import { listen } from "../../support/listen.ts";
import { startOn } from "../../support/local/start.ts";
import { dataFolder } from "../../support/local/temporary-folder.ts";
import { TINY } from "../../support/models/tiny-bundle.ts";

async function fault(data: string, change: Partial<LocalSettings> = {}): Promise<Error> {
  const running = await startOn(data, change).catch((error: Error) => error);
  if (running instanceof Error) return running;
  await running.close();
  throw new Error("It started");
}

test("a file for a data folder", async () => {
  const file = join(dataFolder(), "file");
  writeFileSync(file, "");
  const error = await fault(file);
  expect(error).toBeInstanceOf(DataFolderError);
  expect(error.message).toBe(`The data folder ${file} is not a folder.`);
});

test.each([
  ["keys.json", "[{", /keys\.json is not valid JSON\. Restore it/],
  ["secret", "short", /secret has 5 bytes instead of 32\. Restore it/],
])("a damaged file %s", async (name, text, sentence) => {
  const folder = dataFolder();
  writeFileSync(join(folder, name), text);
  const error = await fault(folder);
  expect(error).toBeInstanceOf(DataFolderError);
  expect(error.message).toMatch(sentence);
});

test("a port that is in use: no folder is created", async () => {
  const other = createServer();
  const port = await listen(other);
  onTestFinished(() => void other.close());
  const folder = join(dataFolder(), "deep", "data");
  expect(await fault(folder, { port })).toMatchObject({ code: "EADDRINUSE", port });
  expect(existsSync(join(folder, ".."))).toBe(false);
});

test("a bundle that cannot be used: no folder is created, and one that exists is left as it was", async () => {
  const folder = dataFolder();
  const bundle = join(folder, "bundle");
  cpSync(TINY, bundle, { recursive: true });
  rmSync(join(bundle, "bundle.json"));
  const data = join(folder, "data");
  const error = await fault(data, { bundle });
  expect(error).toBeInstanceOf(UnclipError);
  expect(error.message).not.toContain("\n");
  expect(existsSync(data)).toBe(false);
  mkdirSync(data);
  writeFileSync(join(data, "mine"), "");
  await fault(data, { bundle });
  expect(readdirSync(data)).toContain("mine");
});
