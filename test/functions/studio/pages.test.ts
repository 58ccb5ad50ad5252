import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { type PageRoutes, pageRoutes } from "../../../functions/pages/page-files.ts";
import { openStudio } from "../../../functions/pages/studio.ts";

const MOST_BYTES = 200_000;

let routes: PageRoutes;
const get = async (path: string, headers: Record<string, string> = {}, method = "GET") =>
  (await routes(new Request(`http://unclip.test${path}`, { method, headers })))!;

beforeAll(() => {
  routes = pageRoutes(openStudio);
});

describe("the page", () => {
  test("has no inline script or style, and its policy forbids them", async () => {
    const page = await get("/");
    const html = await page.text();
    expect(html).not.toMatch(/<style|style=|<script(?![^>]*src=)/);
    const policy = page.headers.get("content-security-policy")!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain("unsafe");
    expect(policy).not.toContain("http");
  });

  test("names files that browsers keep, and is itself asked for again each time", async () => {
    const page = await get("/");
    expect(page.headers.get("cache-control")).toBe("no-cache");
    const html = await page.text();
    const names = html.match(/\/assets\/[\w.-]+/g)!;
    expect(names).toHaveLength(3);
    for (const name of names) expect((await get(name)).headers.get("cache-control")).toContain("immutable");
    const again = await get("/", { "if-none-match": page.headers.get("etag")! });
    expect([again.status, await again.text()]).toEqual([304, ""]);
  });

  test(`takes less than ${MOST_BYTES} bytes, compressed, and is the same in each encoding`, async () => {
    const html = await (await get("/")).text();
    let bytes = html.length;
    for (const name of html.match(/\/assets\/[\w.-]+/g)!) {
      const [br, gzip, plain] = await Promise.all(
        ["gzip;q=0, br", "gzip", "br;q=0"].map(async (accepted) =>
          Buffer.from(await (await get(name, { "accept-encoding": accepted })).arrayBuffer()),
        ),
      );
      expect(brotliDecompressSync(br!).equals(plain!)).toBe(true);
      expect(gunzipSync(gzip!).equals(plain!)).toBe(true);
      bytes += br!.length;
    }
    expect(bytes).toBeLessThan(MOST_BYTES);
  });

  test("is only read", async () => {
    expect((await get("/", {}, "POST")).status).toBe(405);
    const head = await get("/", {}, "HEAD");
    expect([head.status, await head.text()]).toEqual([200, ""]);
  });

  test("leaves other paths alone", async () => {
    expect(await get("/blobs/x")).toBeUndefined();
    expect(await get("/assets/x.js")).toBeUndefined();
    expect(await get("/assets/../package.json")).toBeUndefined();
  });
});
