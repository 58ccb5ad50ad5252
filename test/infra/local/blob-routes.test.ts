import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BASE, codeOf, KEY, open, PNG } from "../../support/local/blob-server.ts";

describe("a signed URL", () => {
  test("lies under the base URL, and expires in time", async () => {
    const { blobs, fetch, clock } = await open();
    const { url, expiresAt } = await blobs.signGet(KEY, 60);
    expect(url).toMatch(
      /^http:\/\/localhost:4000\/api\/blobs\/pictures\/a\/0\.png\?expires=\d+&signature=[0-9a-f]{64}$/,
    );
    expect(expiresAt - clock.now()).toBeGreaterThanOrEqual(60_000);
    expect(expiresAt - clock.now()).toBeLessThanOrEqual(90_000);
    clock.pass((expiresAt - clock.now() - 1) / 1000);
    expect((await fetch(url)).status).toBe(200);
    clock.pass(0.001);
    const response = await fetch(url);
    expect(response.status).toBe(403);
    expect(await response.json()).toEqual({ code: "AccessDenied", message: "The URL has expired" });
  });

  test("has headers for caching, the file name and a sandbox", async () => {
    const { blobs, fetch } = await open();
    const { url } = await blobs.signGet(KEY, 60);
    const { headers } = await fetch(url);
    expect(Object.fromEntries(headers)).toEqual({
      "cache-control": "private, max-age=3600",
      "content-disposition": 'inline; filename="0.png"',
      "content-length": "7",
      "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
      "content-type": PNG,
      etag: expect.stringMatching(/^"[0-9a-f]{32}"$/),
      "x-content-type-options": "nosniff",
    });
    const head = await fetch(url, { method: "HEAD" });
    expect([head.status, await head.text(), head.headers.get("Content-Length")]).toEqual([200, "", "7"]);
    const etag = headers.get("ETag")!;
    const known = await fetch(url, { headers: { "If-None-Match": `"other", ${etag}` } });
    expect([known.status, await known.text(), known.headers.get("ETag")]).toEqual([304, "", etag]);
    await blobs.put(KEY, { bytes: Buffer.from("another"), contentType: PNG });
    expect((await fetch(url, { headers: { "If-None-Match": etag } })).status).toBe(200);
  });

  test("is invalid when any character is changed", async () => {
    const { blobs, fetch } = await open();
    const { url } = await blobs.signGet(KEY, 60);
    const start = `${BASE}/blobs/`.length;
    const at = fc.integer({ min: start, max: url.length - 1 });
    await fc.assert(
      fc.asyncProperty(at, fc.constantFrom(..."0123456789abcdefgz/.&=?%-"), async (index, character) => {
        fc.pre(url[index] !== character);
        const forged = `${url.slice(0, index)}${character}${url.slice(index + 1)}`;
        expect((await fetch(forged)).status).toBe(403);
      }),
      { numRuns: 300 },
    );
  });

  test("of a missing blob answers 404 only with a valid signature", async () => {
    const { blobs, fetch } = await open();
    const { url } = await blobs.signGet("pictures/none.png", 60);
    expect((await fetch(url)).status).toBe(404);
    expect((await fetch(url.replace(/\?.*/, ""))).status).toBe(403);
    expect(await codeOf(await fetch(`${url}0`))).toBe("SignatureDoesNotMatch");
  });

  test("allows only GET and HEAD", async () => {
    const { blobs, fetch } = await open();
    const { url } = await blobs.signGet(KEY, 60);
    for (const method of ["PUT", "DELETE", "POST"]) expect((await fetch(url, { method })).status).toBe(405);
    expect((await fetch(`${BASE}/blobs`)).status).toBe(405);
  });

  test.each(["/", "/api", "/api/blobsx", "/blobs", "/blobs/a", "/api/graphql", "/api/blob"])(
    "is none of the path %s",
    async (path) => {
      const { routes } = await open();
      expect(await routes(new Request(new URL(path, BASE)))).toBeUndefined();
    },
  );
});
