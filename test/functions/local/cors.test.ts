// The table of pages of other origins, on the server of one machine.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Running, start } from "../../../functions/local/start.ts";
import { localSettings } from "../../../infra/config/env.ts";
import { contractOfCors, LISTED } from "../../contracts/cors.ts";

let folder: string;
let running: Running;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "unclip-cors-"));
  const env = { PORT: "0", UNCLIP_DATA: folder, UNCLIP_BUNDLE: "test/bundles/tiny", UNCLIP_LOG: "silent" };
  running = await start(localSettings({ ...env, UNCLIP_CORS: LISTED }));
});
afterAll(async () => {
  await running.close();
  await rm(folder, { recursive: true, force: true });
});

const PATHS = {
  graphql: "/graphql",
  "picture by id": "/pictures/unknown",
  upload: "/blobs",
  picture: "/blobs/pictures/a/0.png?expires=1&signature=0",
};

contractOfCors("one machine", async () => ({
  send: (target, init) => fetch(`${running.url}${PATHS[target]}`, init),
  close: async () => {},
}));

test("a method that blobs lack is readable for listed pages only", async () => {
  const send = (origin: string) =>
    fetch(`${running.url}/blobs/pictures/a/0.png`, { method: "DELETE", headers: { origin } });
  const listed = await send(LISTED);
  expect([listed.status, listed.headers.get("access-control-allow-origin")]).toEqual([405, LISTED]);
  for (const origin of ["https://evil.example", "null", `${LISTED}0`]) {
    expect((await send(origin)).headers.get("access-control-allow-origin")).toBeNull();
  }
});

test.each(["/blobs", "/blobs/pictures/a/0.png"])("a preflight of %s allows what is needed", async (path) => {
  const headers = { "access-control-request-method": "POST", "access-control-request-headers": "content-type" };
  const preflight = await fetch(`${running.url}${path}`, {
    method: "OPTIONS",
    headers: { ...headers, origin: LISTED },
  });
  const allowed = ["origin", "methods", "headers"].map((name) => preflight.headers.get(`access-control-allow-${name}`));
  expect([preflight.status, ...allowed]).toEqual([
    204,
    LISTED,
    expect.stringContaining("POST"),
    expect.stringContaining("content-type"),
  ]);
});

test("caches tell the answers for pages of different origins apart", async () => {
  const response = await fetch(`${running.url}/blobs/pictures/a/0.png`);
  expect(response.headers.get("vary")).toContain("origin");
});
