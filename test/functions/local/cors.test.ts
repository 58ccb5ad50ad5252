// Pages of other origins: one table for GraphQL, uploads and pictures, refusals included, as a browser sees them.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Running, start } from "../../../functions/local/start.ts";
import { localSettings } from "../../../infra/config/env.ts";

const LISTED = "http://localhost:5173";
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

const json = { "content-type": "application/json" };
const TABLE: readonly (readonly [what: string, path: string, init: RequestInit, status: number])[] = [
  ["an operation", "/graphql", { method: "POST", headers: json, body: '{"query":"{ __typename }"}' }, 200],
  ["a refused operation", "/graphql", { method: "POST", headers: json, body: "{" }, 400],
  ["an operation that is no JSON", "/graphql", { method: "POST", body: "a" }, 415],
  ["a method that GraphQL lacks", "/graphql", { method: "DELETE" }, 405],
  ["an upload that is no form", "/blobs", { method: "POST", body: "a" }, 400],
  ["a URL with a wrong signature", "/blobs/pictures/a/0.png?expires=1&signature=0", {}, 403],
  ["a method that blobs lack", "/blobs/pictures/a/0.png", { method: "DELETE" }, 405],
];

test.each(TABLE)("%s (%s) is readable for listed pages only", async (_, path, init, status) => {
  const send = async (origin: string) =>
    fetch(`${running.url}${path}`, { ...init, headers: { ...init.headers, origin } });
  const listed = await send(LISTED);
  expect([listed.status, listed.headers.get("access-control-allow-origin")]).toEqual([status, LISTED]);
  expect(listed.headers.get("access-control-allow-credentials")).toBeNull();
  for (const origin of ["https://evil.example", "null", `${LISTED}0`]) {
    expect((await send(origin)).headers.get("access-control-allow-origin")).toBeNull();
  }
});

test.each(["/graphql", "/blobs", "/blobs/pictures/a/0.png"])(
  "a preflight of %s allows what is needed",
  async (path) => {
    const headers = { "access-control-request-method": "POST", "access-control-request-headers": "content-type" };
    const preflight = await fetch(`${running.url}${path}`, {
      method: "OPTIONS",
      headers: { ...headers, origin: LISTED },
    });
    const allowed = ["origin", "methods", "headers"].map((name) =>
      preflight.headers.get(`access-control-allow-${name}`),
    );
    expect([preflight.status, ...allowed]).toEqual([
      204,
      LISTED,
      expect.stringContaining("POST"),
      expect.stringContaining("content-type"),
    ]);
  },
);

test("caches tell the answers for pages of different origins apart", async () => {
  const response = await fetch(`${running.url}/blobs/pictures/a/0.png`);
  expect(response.headers.get("vary")).toContain("origin");
});
