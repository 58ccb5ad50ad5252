// The contract of Blobs. Each test uses its own keys, so a bucket may contain those of other tests.
import { randomBytes, randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Blobs, UploadTicket } from "../../infra/ports.ts";
import { uploadForm } from "../support/upload-form.ts";

/** `fetch` reaches the signed URLs: the network's, or routes in this process. */
type OpenBlobs = () => Promise<{
  readonly blobs: Blobs;
  readonly fetch: (url: string, init?: RequestInit) => Promise<Response>;
  readonly close: () => Promise<void>;
}>;

const PNG = "image/png";

export function contractOfBlobs(name: string, open: OpenBlobs): void {
  describe(`the contract of blobs: ${name}`, () => {
    let blobs: Blobs;
    let fetch: (url: string, init?: RequestInit) => Promise<Response>;
    let close: () => Promise<void>;
    let folder: string;
    beforeEach(async () => {
      ({ blobs, fetch, close } = await open());
      folder = `contract/${randomUUID()}`;
    });
    afterEach(() => close());

    const put = (key: string, text: string, contentType = "text/plain") =>
      blobs.put(key, { bytes: Buffer.from(text), contentType });
    const text = async (key: string) => {
      const blob = await blobs.get(key);
      return blob && Buffer.from(blob.bytes).toString();
    };

    test.each([0, 1, 256, 70_000, 3_000_000])("returns %d bytes as they were put", async (size) => {
      const bytes = randomBytes(size);
      const key = `${folder}/a.png`;
      expect(await blobs.put(key, { bytes, contentType: PNG })).toBe(true);
      const blob = await blobs.get(key);
      expect(Buffer.compare(blob!.bytes, bytes)).toBe(0);
      expect(blob!.contentType).toBe(PNG);
      expect(await blobs.head(key)).toEqual({ bytes: size, contentType: PNG });
    });

    test("returns nothing for an unknown key", async () => {
      expect(await blobs.get(`${folder}/a`)).toBeUndefined();
      expect(await blobs.head(`${folder}/a`)).toBeUndefined();
      await blobs.remove(`${folder}/a`);
    });

    test("replaces a blob and its media type", async () => {
      await put(`${folder}/a`, "one");
      expect(await put(`${folder}/a`, "two!", "text/html")).toBe(true);
      expect(await text(`${folder}/a`)).toBe("two!");
      expect(await blobs.head(`${folder}/a`)).toEqual({ bytes: 4, contentType: "text/html" });
    });

    test("gives the same URL for a while, and other keys other URLs", async () => {
      const sign = async (key: string) => (await blobs.signGet(`${folder}/${key}`, 604_000)).url;
      expect(await sign("a")).toBe(await sign("a"));
      expect(await sign("b")).not.toBe(await sign("a"));
    });

    test("removes a blob", async () => {
      await put(`${folder}/a`, "one");
      await blobs.remove(`${folder}/a`);
      expect(await text(`${folder}/a`)).toBeUndefined();
      expect(await blobs.head(`${folder}/a`)).toBeUndefined();
    });

    test("removes all blobs of one job, and a later one is stored again", async () => {
      const keys = [`${folder}/a/0`, `${folder}/a/b/1`, `${folder}/ab/0`];
      for (const key of keys) await put(key, key);
      const remove = () => blobs.forget(`${folder}/a/`, Number.POSITIVE_INFINITY, 1_000);
      expect(await remove()).toBe(2);
      expect(await Promise.all(keys.map(text))).toEqual([undefined, undefined, keys[2]]);
      expect(await remove()).toBe(0);
      await put(keys[0]!, "again");
      expect(await text(keys[0]!)).toBe("again");
    });

    test("distinguishes keys that file systems might not", async () => {
      const keys = [`${folder}/a`, `${folder}/A`, `${folder}/a/b`, `${folder}/a.b`, `${folder}/...`, `${folder}/-`];
      for (const key of keys) await put(key, key);
      for (const key of keys) expect(await text(key)).toBe(key);
    });

    test("does not replace an existing blob with ifAbsent", async () => {
      await put(`${folder}/a`, "one");
      expect(await blobs.put(`${folder}/a`, { bytes: Buffer.from("two"), contentType: PNG }, { ifAbsent: true })).toBe(
        false,
      );
      expect(await text(`${folder}/a`)).toBe("one");
      expect(await blobs.put(`${folder}/b`, { bytes: Buffer.from("two"), contentType: PNG }, { ifAbsent: true })).toBe(
        true,
      );
      expect(await text(`${folder}/b`)).toBe("two");
    });

    test("lets exactly one of concurrent puts with ifAbsent succeed", async () => {
      const rivals = Array.from({ length: 20 }, (_, index) => `rival ${index}`);
      const won = await Promise.all(
        rivals.map((rival) =>
          blobs.put(`${folder}/a`, { bytes: Buffer.from(rival), contentType: PNG }, { ifAbsent: true }),
        ),
      );
      expect(won.filter(Boolean)).toHaveLength(1);
      expect(await text(`${folder}/a`)).toBe(rivals[won.indexOf(true)]);
    });

    test("returns complete blobs during concurrent puts", async () => {
      const key = `${folder}/a`;
      const put = (digit: number) => blobs.put(key, { bytes: Buffer.alloc(100_000, digit), contentType: PNG });
      await put(0);
      const puts = Promise.all(Array.from({ length: 10 }, (_, digit) => put(digit)));
      for (let reads = 0; reads < 10; reads++) {
        const { bytes } = (await blobs.get(key))!;
        expect(bytes.length).toBe(100_000);
        expect(new Set(bytes).size).toBe(1);
      }
      await puts;
    });

    test("deletes older blobs under a prefix, up to the limit", async () => {
      const keys = ["old/a", "old/b", "old/c"].map((key) => `${folder}/${key}`);
      for (const key of [...keys, `${folder}/new/a`]) await put(key, "one");
      const [before, after] = [Date.now() - 60_000, Date.now() + 60_000];
      expect(await blobs.forget(`${folder}/old/`, before, 10)).toBe(0);
      expect(await blobs.forget(`${folder}/old/`, after, 2)).toBe(2);
      expect(await blobs.forget(`${folder}/old/`, after, 10)).toBe(1);
      for (const key of keys) expect(await text(key)).toBeUndefined();
      expect(await text(`${folder}/new/a`)).toBe("one");
    });

    test("signs a URL that opens the blob", async () => {
      const bytes = randomBytes(1_000);
      await blobs.put(`${folder}/a.png`, { bytes, contentType: PNG });
      const before = Date.now();
      const { url, expiresAt } = await blobs.signGet(`${folder}/a.png`, 60);
      expect(expiresAt - before).toBeGreaterThan(59_000);
      expect(expiresAt - before).toBeLessThan(95_000);
      const response = await fetch(url);
      expect(response.status).toBe(200);
      expect(response.headers.get("Content-Type")).toBe(PNG);
      expect(Buffer.compare(Buffer.from(await response.arrayBuffer()), bytes)).toBe(0);
    });

    test("lets browsers keep what a URL opens, and opens nothing once the blob is removed", async () => {
      await put(`${folder}/a`, "one");
      const read = async () => (await blobs.signGet(`${folder}/a`, 604_000)).url;
      const [url, again] = [await read(), await read()];
      expect(again).toBe(url);
      const response = await fetch(url);
      expect(response.headers.get("cache-control")).toBe("private, max-age=3600");
      expect(response.headers.get("etag")).toMatch(/^".+"$/);
      await response.body?.cancel();
      await blobs.remove(`${folder}/a`);
      // S3 refuses to say what is missing to a role that may not list the bucket.
      expect([403, 404]).toContain((await fetch(url)).status);
    });

    test("refuses another blob's signature", async () => {
      await put(`${folder}/a`, "one");
      await put(`${folder}/b`, "two");
      const { url } = await blobs.signGet(`${folder}/a`, 60);
      for (const forged of [url.replace(`${folder}/a`, `${folder}/b`), url.replace(/\?.*/, "")]) {
        expect((await fetch(forged)).status).toBe(403);
      }
    });

    const ticket = (maxBytes = 10) => blobs.signUpload(`${folder}/a.png`, { contentType: PNG, maxBytes, seconds: 60 });
    const upload = ({ url, fields }: UploadTicket, text: string, change: Record<string, string> = {}) => {
      const file = new File([text], "mine.png", { type: PNG });
      return fetch(url, { method: "POST", body: uploadForm({ ...fields, ...change }, file) });
    };

    test("accepts the upload that a ticket allows", async () => {
      const allowed = await ticket();
      expect(Math.abs(allowed.expiresAt - Date.now() - 60_000)).toBeLessThan(5_000);
      expect((await upload(allowed, "1234567890")).ok).toBe(true);
      expect(await text(`${folder}/a.png`)).toBe("1234567890");
      expect(await blobs.head(`${folder}/a.png`)).toEqual({ bytes: 10, contentType: PNG });
    });

    test.each([
      ["of another key", "123", (): Record<string, string> => ({ key: `${folder}/b.png` })],
      ["of another type", "123", (): Record<string, string> => ({ "Content-Type": "text/html" })],
      ["of too many bytes", "12345678901", (): Record<string, string> => ({})],
    ])("refuses an upload %s", async (_, content, change) => {
      expect((await upload(await ticket(), content, change())).ok).toBe(false);
      expect(await text(`${folder}/a.png`)).toBeUndefined();
      expect(await text(`${folder}/b.png`)).toBeUndefined();
    });
  });
}
