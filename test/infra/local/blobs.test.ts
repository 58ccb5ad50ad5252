import {
  copyFileSync,
  type Dirent,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { DAY_MS } from "../../../infra/jobs/keys.ts";
import { readSecret } from "../../../infra/local/secret.ts";
import { systemClock } from "../../../infra/ports.ts";
import { contractOfBlobs } from "../../contracts/blobs.ts";
import { manualClock } from "../../support/jobs/records.ts";
import { openBlobs } from "../../support/local/blob-server.ts";
import { dataFolder } from "../../support/local/temporary-folder.ts";

contractOfBlobs("local", async () => {
  const folder = mkdtempSync(join(tmpdir(), "unclip-"));
  const { blobs, fetch } = await openBlobs(folder, systemClock);
  return { blobs, fetch, close: async () => rmSync(folder, { recursive: true, force: true }) };
});

const text = (content: string) => ({ bytes: Buffer.from(content), contentType: "text/plain" });
const filesOf = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());

/** What this process has open, where the system says so. */
const OPEN_FILES = "/proc/self/fd";
const openFiles = () =>
  existsSync(OPEN_FILES)
    ? readdirSync(OPEN_FILES).flatMap((name) => {
        try {
          return readlinkSync(join(OPEN_FILES, name));
        } catch {
          return [];
        }
      })
    : [];

const piece = fc.constantFrom(
  "..",
  ".",
  "/",
  "\\",
  "a",
  "A",
  "%2e%2e",
  "%2f",
  "\0",
  "\n",
  " ",
  ":",
  "~",
  "é",
  "con",
  "-",
);

test("no key leads to a file outside of the folder", async () => {
  const folder = dataFolder();
  const { blobs } = await openBlobs(folder, systemClock);
  const before = filesOf(folder).length;
  const keys = fc.oneof(
    fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join("")),
    fc.string({ maxLength: 30 }),
  );
  await fc.assert(
    fc.asyncProperty(keys, async (key) => {
      const stored = await blobs.put(key, text(key)).catch((error: unknown) => {
        expect(error).toBeInstanceOf(RangeError);
        return false;
      });
      const files = filesOf(folder);
      expect(files).toHaveLength(before + (stored ? 1 : 0));
      if (stored) {
        expect(key).toMatch(/^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*$/);
        expect(key.split("/").some((part) => part === ".." || part === ".")).toBe(false);
        expect(Buffer.from((await blobs.get(key))!.bytes).toString()).toBe(key);
      }
      for (const { parentPath, name } of files) {
        if (parentPath !== folder) expect(name).toMatch(/^[0-9a-f]{64}$/);
      }
      await blobs.remove(key);
      expect(filesOf(folder)).toHaveLength(before);
    }),
    { numRuns: 200 },
  );
});

test.each(["", "/a", "a/", "a//b", "..", "a/../b", "./a", "a/.", "a b", "ä", "a\\b", "a\0", "k".repeat(513)])(
  "takes %j for no key",
  async (key) => {
    const { blobs } = await openBlobs(dataFolder(), systemClock);
    await expect(blobs.put(key, text("a"))).rejects.toThrow("Invalid blob key");
    await expect(blobs.signGet(key, 60)).rejects.toThrow("Invalid blob key");
    await expect(blobs.signUpload(key, { contentType: "image/png", maxBytes: 1, seconds: 1 })).rejects.toThrow(
      "Invalid blob key",
    );
    expect(await blobs.get(key)).toBeUndefined();
    expect(await blobs.head(key)).toBeUndefined();
  },
);

test("an invalid media type and a lifetime beyond S3's limit are refused", async () => {
  const { blobs } = await openBlobs(dataFolder(), systemClock);
  const contentType = "text/html\r\nX-Evil: 1";
  await expect(blobs.put("a", { ...text("a"), contentType })).rejects.toThrow("Invalid media type");
  await expect(blobs.signUpload("a", { contentType, maxBytes: 1, seconds: 1 })).rejects.toThrow("Invalid media type");
  await expect(blobs.signGet("a", 604_801)).rejects.toThrow("seconds must be a whole number from 1 to 604800");
});

test("a file begins with the blob's bytes, so that a picture opens as a picture", async () => {
  const folder = dataFolder();
  const { blobs } = await openBlobs(folder, systemClock);
  await blobs.put("a.png", text("picture"));
  const [file] = filesOf(join(folder, "blobs"));
  const bytes = readFileSync(join(file!.parentPath, file!.name));
  expect(bytes.subarray(0, 7).toString()).toBe("picture");
});

test("drafts are removed, also those of another process", async () => {
  const folder = dataFolder();
  const { blobs } = await openBlobs(folder, systemClock);
  await blobs.put("a", text("one"));
  await blobs.put("a", text("two"), { ifAbsent: true });
  const drafts = join(folder, "blobs", "drafts");
  expect(readdirSync(drafts)).toEqual([]);
  writeFileSync(join(drafts, "half"), "ha");
  await openBlobs(folder, systemClock);
  expect(readdirSync(drafts)).toEqual([]);
});

test("forget uses the time of the last put", async () => {
  const clock = manualClock();
  const { blobs } = await openBlobs(dataFolder(), clock);
  await blobs.put("up/a", text("one"));
  await blobs.put("up/b", text("one"));
  clock.pass(10);
  await blobs.put("up/b", text("two"));
  expect(await blobs.forget("up/", clock.now() - 10_000, 10)).toBe(0);
  expect(await blobs.forget("up/", clock.now(), 10)).toBe(1);
  expect(await blobs.get("up/a")).toBeUndefined();
  expect(await blobs.head("up/b")).toBeDefined();
});

test("each kind of blob is deleted after its own time, and the folders that they leave empty", async () => {
  const folder = dataFolder();
  const clock = manualClock();
  const { blobs } = await openBlobs(folder, clock);
  const keys = ["previews/a/0.png", "stages/a/b/c", "pictures/a/0.png", "uploads/ada/a", "other/a"];
  for (const key of keys) await blobs.put(key, text("one"));
  const left = async (days: number) => {
    await blobs.removeExpired(clock.now() + days * DAY_MS);
    const heads = await Promise.all(keys.map((key) => blobs.head(key)));
    return keys.filter((_, i) => heads[i] !== undefined);
  };
  expect(await left(1)).toEqual(keys);
  expect(await left(1.1)).toEqual(["pictures/a/0.png", "uploads/ada/a", "other/a"]);
  expect(await left(7)).toHaveLength(3);
  expect(await left(7.1)).toEqual(["other/a"]);
  expect(readdirSync(join(folder, "blobs")).sort()).toHaveLength(["drafts", "group of other/a"].length);
});

test("deleting what has expired looks at a share of many files at a time, by the clock of that moment", async () => {
  const folder = dataFolder();
  const clock = manualClock();
  const { blobs } = await openBlobs(folder, clock);
  await blobs.put("previews/a/0", text("one"));
  const files = () => filesOf(join(folder, "blobs"));
  const [{ parentPath, name }] = files() as [Dirent];
  const first = join(parentPath, name);
  const old = new Date(clock.now());
  for (let i = 0; i < 600; i++) {
    copyFileSync(first, `${first}${i}`);
    utimesSync(`${first}${i}`, old, old);
  }
  await blobs.removeExpired(clock.now() + 2 * DAY_MS);
  expect(files()).toHaveLength(101);
  const openFolders = () => openFiles().filter((file) => file.startsWith(folder));
  if (existsSync(OPEN_FILES)) expect(openFolders()).not.toEqual([]);
  await blobs.close();
  expect(openFolders()).toEqual([]);
  await blobs.removeExpired(clock.now());
  expect(files()).toHaveLength(101);
  for (let i = 0; i < 2; i++) await blobs.removeExpired(clock.now() + 2 * DAY_MS);
  expect(files()).toEqual([]);
});

test("the signing secret has 32 bytes, is private to its owner, and persists", () => {
  const folder = dataFolder();
  const secret = readSecret(folder);
  expect(secret).toHaveLength(32);
  expect(readSecret(folder)).toEqual(secret);
  expect(statSync(join(folder, "secret")).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(["secret"]);
  expect(readSecret(dataFolder())).not.toEqual(secret);
  writeFileSync(join(folder, "secret"), "short");
  expect(() => readSecret(folder)).toThrow("has 5 bytes instead of 32");
});

test.each<[string, (bytes: Buffer) => Buffer]>([
  ["empty", () => Buffer.alloc(0)],
  ["truncated", (bytes) => bytes.subarray(0, 10)],
  ["without its last byte", (bytes) => bytes.subarray(0, -1)],
  ["with a wrong tail", (bytes) => Buffer.concat([bytes.subarray(0, -20), Buffer.alloc(20, 0xff)])],
  ["with one flipped bit", (bytes) => Buffer.from(bytes.map((byte, index) => (index === 3 ? byte ^ 1 : byte)))],
  ["another blob's", (bytes) => Buffer.from(bytes.toString().replace("pictures/a", "pictures/b"))],
])("a file that is %s is a missing blob, is named once, and stops nothing else", async (_, change) => {
  const folder = dataFolder();
  const clock = manualClock();
  const reports: string[] = [];
  const { blobs, fetch } = await openBlobs(folder, clock, (file) => reports.push(file));
  await blobs.put("pictures/a/0.png", text("a picture of a frog"));
  const [{ parentPath, name }] = filesOf(join(folder, "blobs")) as [Dirent];
  const file = join(parentPath, name);
  writeFileSync(file, change(readFileSync(file)));
  const { url } = await blobs.signGet("pictures/a/0.png", 60);
  expect((await fetch(url)).status).toBe(404);
  expect((await fetch(url)).status).toBe(404);
  expect(await blobs.head("pictures/a/0.png")).toBeUndefined();
  expect(reports).toEqual([`${file} (pictures/a/0.png)`]);
  expect(readdirSync(join(folder, "blobs", "damaged"))).toEqual([name]);
  await blobs.put("pictures/a/0.png", text("again"));
  expect((await fetch(url)).status).toBe(200);
});

test("a damaged file does not stop the deletion of old ones", async () => {
  const folder = dataFolder();
  const clock = manualClock();
  const { blobs } = await openBlobs(folder, clock);
  for (const key of ["up/a", "up/b", "up/c"]) await blobs.put(key, text("one"));
  const files = filesOf(join(folder, "blobs")).map(({ parentPath, name }) => join(parentPath, name));
  writeFileSync(files[1]!, "");
  utimesSync(files[1]!, 0, 0);
  clock.pass(10);
  expect(await blobs.forget("up/", clock.now(), 10)).toBe(2);
  expect(await blobs.forget("up/", clock.now(), 10)).toBe(0);
});
