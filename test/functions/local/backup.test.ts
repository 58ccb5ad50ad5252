// A backup that is made while the server draws, and a server on it.
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { run } from "../../../functions/cli/run.ts";
import type { Running } from "../../../functions/local/start.ts";
import { backUp } from "../../../infra/local/backup.ts";
import { openDatabase } from "../../../infra/local/database.ts";
import { localJobStore } from "../../../infra/local/job-store.ts";
import { createRecord } from "../../support/jobs/records.ts";
import { runQuery } from "../../support/local/run-query.ts";
import { startOn } from "../../support/local/start.ts";
import { dataFolder } from "../../support/local/temporary-folder.ts";

const PATIENCE = { timeout: 25_000, interval: 200 };
const DRAW =
  'mutation { generate(input: { prompt: "a frog", size: 64, preset: DRAFT, count: 2 }) { ... on Job { id } } }';

test("holds the jobs of one moment with their pictures, and the ones that wait are drawn", async () => {
  const folder = dataFolder();
  const [data, copy] = [join(folder, "data"), join(folder, "copy")];
  const server = await startOn(data);
  const done = (await runQuery(server.url, DRAW)).generate.id;
  const status = async (at: Running, id: string) =>
    (await runQuery(at.url, `{ job(id: "${id}") { status } }`)).job?.status;
  await expect.poll(() => status(server, done), PATIENCE).toBe("SUCCEEDED");
  const waiting: string[] = [];
  for (let i = 0; i < 3; i++) waiting.push((await runQuery(server.url, DRAW)).generate.id);
  await run(["backup", copy, "--data", data], new AbortController().signal);
  expect(existsSync(`${copy}.partial`)).toBe(false);
  const after = (await runQuery(server.url, DRAW)).generate.id;
  await server.close();
  const restored = await startOn(copy);
  try {
    expect(await status(restored, after)).toBeUndefined();
    const { pictures } = (await runQuery(restored.url, `{ job(id: "${done}") { pictures { url } } }`)).job;
    expect(pictures).toHaveLength(2);
    for (const { url } of pictures) expect((await fetch(url)).status).toBe(200);
    for (const id of [done, ...waiting]) {
      await expect.poll(() => status(restored, id), PATIENCE).toBe("SUCCEEDED");
    }
  } finally {
    await restored.close();
  }
  expect(readdirSync(copy)).not.toContain("unclip.url");
});

test("a server on another folder does not answer, and an existing target is not touched", async () => {
  const folder = dataFolder();
  const data = join(folder, "data");
  const server = await startOn(data);
  try {
    expect((await fetch(`${server.url}/backup`, { method: "POST" })).status).toBe(403);
    const forged = { "x-unclip-backup": `${Date.now()}.${"0".repeat(64)}` };
    expect((await fetch(`${server.url}/backup`, { method: "POST", headers: forged })).status).toBe(403);
    writeFileSync(join(folder, "there"), "mine");
    const backup = run(["backup", join(folder, "there"), "--data", data], new AbortController().signal);
    await expect(backup).rejects.toThrow("exists already");
  } finally {
    await server.close();
  }
});

test("works without a server, also after one that was killed", async () => {
  const folder = dataFolder();
  const [data, copy] = [join(folder, "data"), join(folder, "copy")];
  const database = openDatabase(data);
  const record = createRecord();
  await localJobStore(database).create(record);
  database.close();
  // Left by a server that was killed; nothing listens there.
  writeFileSync(join(data, "unclip.url"), "http://127.0.0.1:9");
  await backUp(data, copy);
  const restored = openDatabase(copy);
  expect(await localJobStore(restored).get(record.id)).toEqual(record);
  restored.close();
});
