import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { know } from "../../support/fuzz/operations.ts";
import { startServer } from "../../support/local/process.ts";

const filesOf = async (folder: string) => {
  return (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
};

test("an internal error outside of GraphQL is masked in the response, and logged completely", {
  timeout: 120_000,
}, async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "unclip-masked-"));
  const server = await startServer({ folder, env: { UNCLIP_LOG: "error" } });
  onTestFinished(async () => {
    server.child.kill("SIGKILL");
    await rm(folder, { recursive: true, force: true });
  });
  const { picture } = await know(server);
  const blobs = path.join(folder, "blobs");
  for (const { parentPath, name } of await filesOf(blobs)) {
    // A folder in a file's place: to read it fails, and not because it is missing.
    await rm(path.join(parentPath, name));
    await mkdir(path.join(parentPath, name));
  }
  const response = await fetch(picture);
  const text = await response.text();
  expect(response.status).toBe(500);
  expect(text).not.toMatch(/EISDIR|node:|\.ts/);
  const [line] = server.log;
  expect(JSON.parse(line!)).toMatchObject({ msg: "unhandled error", err: { code: "EISDIR" } });
  expect(text).toContain(JSON.parse(line!).requestId);
});
