import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { freeBase, makeFolder, resolveDestination } from "../../../functions/cli/destination.ts";
import { namesFor, slug, stemOf } from "../../../functions/cli/file-names.ts";
import { saveAll } from "../../../functions/cli/save.ts";
import { emptyFolder } from "../../support/cli/unclip.ts";

describe("file names", () => {
  it.each([
    ["A red apple, on a 'blue' background!", "a-red-apple-on-a-blue-background"],
    ["Ein grüner Bär", "ein-grüner-bär"],
    ["../../etc/passwd", "etc-passwd"],
    ["🍎", "picture"],
    [`${"word ".repeat(30)}`, Array(11).fill("word").join("-")],
    ["x".repeat(300), "x".repeat(56)],
  ])("have a slug: %j -> %s", (text, expected) => {
    expect(slug(text)).toBe(expected);
  });

  it.each([
    ["photos/My cat.JPG", "my-cat"],
    ["C:\\pictures\\v1.2.png", "v1-2"],
    [".webp", "webp"],
  ])("have a stem: %s -> %s", (path, expected) => {
    expect(stemOf(path)).toBe(expected);
  });

  it("number several pictures so that they sort; a single picture has no number", () => {
    expect(namesFor("a", { count: 1, sheet: false })).toEqual({ pictures: ["a.png"] });
    const many = namesFor("a", { count: 10, sheet: true, animation: "gif" });
    expect(many).toMatchObject({ sheet: "a-sheet.png", animation: "a.gif" });
    expect([many.pictures[0], many.pictures[9]]).toEqual(["a-01.png", "a-10.png"]);
    expect(namesFor("a", { count: 2, labels: [20, 5], sheet: true }).pictures).toEqual(["a-20.png", "a-5.png"]);
  });
});

describe("the destination", () => {
  it("is the given name, or a derived name in the given folder or in the current one", async () => {
    const folder = await emptyFolder(onTestFinished);
    await mkdir(join(folder, "v1.5"));
    const named = { folder, base: "x", overwrite: true, animationOnly: false };
    expect(await resolveDestination(join(folder, "x.png"), "stem")).toEqual(named);
    expect(await resolveDestination(join(folder, "x"), "stem", "gif")).toEqual(named);
    expect(await resolveDestination(join(folder, "x.gif"), "stem", "gif")).toEqual({ ...named, animationOnly: true });
    const unnamed = { base: "stem", overwrite: false, animationOnly: false };
    expect(await resolveDestination(join(folder, "v1.5"), "stem")).toEqual({
      folder: join(folder, "v1.5"),
      ...unnamed,
    });
    expect(await resolveDestination(undefined, "stem")).toEqual({ folder: ".", ...unnamed });
  });

  it("may be a folder that does not exist, which is made when there is something to write", async () => {
    const folder = await emptyFolder(onTestFinished);
    const destination = await resolveDestination(join(folder, "new/er/"), "stem");
    expect(await readdir(folder)).toEqual([]);
    await makeFolder(destination);
    expect(await readdir(folder, { recursive: true })).toEqual(["new", "new/er"]);
  });

  it("gets a free name if a file exists, unless the user named it", async () => {
    const folder = await emptyFolder(onTestFinished);
    const files = (base: string) => [`${base}-1.png`, `${base}-2.png`];
    const destination = { folder, base: "a", overwrite: false, animationOnly: false };
    expect(await freeBase(destination, files)).toBe("a");
    await writeFile(join(folder, "a-2.png"), "");
    await writeFile(join(folder, "a_2-1.png"), "");
    expect(await freeBase(destination, files)).toBe("a_3");
    expect(await freeBase({ ...destination, overwrite: true }, files)).toBe("a");
  });
});

describe("saveAll", () => {
  it("leaves no file, not even a temporary one, if it is canceled or fails before all files are complete", async () => {
    const folder = await emptyFolder(onTestFinished);
    const path = join(folder, "a.png");
    await writeFile(path, "old");
    const bytes = Uint8Array.of(1, 2, 3);
    const lost = saveAll(
      new Map([
        [path, bytes],
        [join(folder, "no", "b.png"), bytes],
      ]),
    );
    await expect(lost).rejects.toMatchObject({ code: "ENOENT" });
    await expect(saveAll(new Map([[path, bytes]]), AbortSignal.abort())).rejects.toMatchObject({ code: "CANCELED" });
    expect(await readFile(path, "utf8")).toBe("old");
    expect(await readdir(folder)).toEqual(["a.png"]);
    await saveAll(new Map([[path, bytes]]));
    expect(new Uint8Array(await readFile(path))).toEqual(bytes);
    expect(await readdir(folder)).toEqual(["a.png"]);
  });
});
