// unclip keys, on the file that a running server reads.
import { spawnSync } from "node:child_process";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { exitCodeOf, formatError } from "../../../functions/cli/exit-codes.ts";
import { run } from "../../../functions/cli/run.ts";
import { authenticateKey } from "../../../infra/auth/api-keys.ts";
import { cliSettings } from "../../../infra/config/env.ts";
import { keyFile } from "../../../infra/local/key-file.ts";
import { emptyFolder } from "../../support/cli/unclip.ts";

const signal = new AbortController().signal;
const folderOfTest = async () => join(await emptyFolder(onTestFinished), "data");
const keys = (data: string, ...argv: string[]) => run(["keys", ...argv, "--data", data], signal);
const json = async (data: string, ...argv: string[]) => JSON.parse((await keys(data, ...argv, "--json")).text);

describe("unclip keys", () => {
  it("creates a valid key, prints it once, and stores only its hash", async () => {
    const data = await folderOfTest();
    const { text, summary } = await keys(data, "create", "Café app", "--quota", "32");
    expect(text).toMatch(/^unclip_[0-9a-f]{8}_[0-9a-f]{40}\n$/);
    expect(summary).toBe(`The key is shown only once. It gives access to the jobs of cafe-app at ${data}.`);
    const key = await authenticateKey(keyFile(data), `Bearer ${text.trim()}`);
    expect(key).toMatchObject({ name: "Café app", owner: "cafe-app", quota: 32 });
    const file = join(data, "keys.json");
    expect(await readFile(file, "utf8")).not.toContain(text.trim());
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it("lists keys without their secrets, and revokes them by id", async () => {
    const data = await folderOfTest();
    const first = await json(data, "create", "one");
    const second = await json(data, "create", "two", "--owner", "Team.2");
    expect(first).toMatchObject({ name: "one", owner: "one", quota: 64, place: data });
    const lines = (await keys(data, "list")).text.split("\n");
    expect(lines[0]).toMatch(/^id {8}name {2}owner {3}quota {2}created$/);
    expect(lines[1]).toMatch(new RegExp(`^${first.id} {2}one {3}one {5}64 {5}20..-..-..T[\\d:.]+Z$`));
    const listed = await json(data, "list");
    expect(listed.keys.map(({ id, owner }: { id: string; owner: string }) => [id, owner])).toEqual([
      [first.id, "one"],
      [second.id, "Team.2"],
    ]);
    expect(JSON.stringify(listed)).not.toMatch(/hash|unclip_/);

    expect((await keys(data, "revoke", first.id)).text).toBe(`${first.id}\n`);
    expect(await authenticateKey(keyFile(data), `Bearer ${first.secret}`)).toBeUndefined();
    expect(await authenticateKey(keyFile(data), `Bearer ${second.secret}`)).toBeDefined();
    expect(await refusal(data, "revoke", first.id)).toMatch(/^there is no key [0-9a-f]{8} in /);
  });

  it("says that a folder has no keys", async () => {
    const data = await folderOfTest();
    const { text, summary } = await keys(data, "list");
    expect(text).toBe("id  name  owner  quota  created\n");
    expect(summary).toBe(`No keys in ${data}: its server accepts every caller on this machine.`);
  });

  it("takes the data folder and the service's key from the environment by default", () => {
    expect(cliSettings({ UNCLIP_DATA: "/data", UNCLIP_KEY: "unclip_x" })).toEqual({ data: "/data", key: "unclip_x" });
    expect(cliSettings({})).toEqual({ data: resolve(".unclip"), key: undefined });
  });

  const owners = (written: string) => `--owner must be 1 to 64 of A-Z, a-z, 0-9, ".", "_" and "-", not "${written}"`;
  it.each<[string[], string]>([
    [["create", "a", "--owner", ".."], owners("..")],
    [["create", "a", "--owner", "a/b"], owners("a/b")],
    [["create", "a", "--owner", "a".repeat(65)], owners("a".repeat(65))],
    // Names without a letter of the owner's alphabet need --owner.
    [["create", "苹果"], owners("苹果")],
    [["create", "🍎"], owners("🍎")],
    [["create", ""], "the name must have 1 to 100 characters and no line breaks"],
    [["create", "a\nb"], "the name must have 1 to 100 characters and no line breaks"],
    [["create", "a", "--quota", "0"], "--quota must be a whole number from 1 to 100000, not 0"],
    [["create"], "keys takes create NAME, list or revoke ID, not create"],
    [["list", "all"], "keys takes create NAME, list or revoke ID, not list all"],
    [["show"], "keys takes create NAME, list or revoke ID, not show"],
    [["list", "--quota", "3"], "--quota is for keys create"],
    [["create", "a", "--bundle", "x"], "--bundle is not an option of keys, but of "],
  ])("refuses %j", async (argv, line) => {
    const data = await folderOfTest();
    expect((await refusal(data, ...argv)).slice(0, line.length)).toBe(line);
    await expect(stat(data)).rejects.toThrow("ENOENT");
  });

  it("loses no key when several commands run at the same time, and takes over a dead command's lock", async () => {
    const data = await folderOfTest();
    await mkdir(data);
    const { pid } = spawnSync(process.execPath, ["-e", ""]);
    await writeFile(join(data, "keys.json.lock"), String(pid));
    const first = await json(data, "create", "first");
    const created = Array.from({ length: 8 }, (_, i) => json(data, "create", `key ${i}`));
    await Promise.all([...created, keys(data, "revoke", first.id)]);
    const names = (await json(data, "list")).keys.map(({ name }: { name: string }) => name).sort();
    expect(names).toEqual(Array.from({ length: 8 }, (_, i) => `key ${i}`));
  });
});

async function refusal(data: string, ...argv: string[]): Promise<string> {
  const error = await keys(data, ...argv).then(
    () => expect.fail("it succeeded"),
    (reason: unknown) => reason,
  );
  expect(exitCodeOf(error)).toBe(2);
  return formatError(error, false);
}
