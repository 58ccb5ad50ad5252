// Every link of the documentation leads somewhere, and every path that a page or a source file names exists.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";

const ROOT = path.resolve(import.meta.dirname, "../..");
const read = (file: string) => readFileSync(path.join(ROOT, file), "utf8");
const exists = (file: string) => existsSync(path.join(ROOT, file));

const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: ROOT })
  .toString()
  .trim()
  .split("\n")
  .filter(exists);
const pages = files.filter((file) => file.endsWith(".md"));
const sources = files.filter((file) => /\.(ts|mjs|py|json|ya?ml)$/.test(file) && !file.includes("bundles/"));

const withoutCode = (text: string) => text.replace(/^```.*?^```$/gms, "");

/** The anchor that GitHub gives a heading. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/[^\w\- ]/g, "")
    .trim()
    .replaceAll(" ", "-");
const anchorsOf = (page: string) =>
  [...withoutCode(read(page)).matchAll(/^#+ (.+)$/gm)].map(([, text]) => anchorOf(text!));

/** "a/{b,c}.ts" -> ["a/b.ts", "a/c.ts"] */
function expanded(written: string): string[] {
  const braces = /^(.*?)\{([^}]*)\}(.*)$/.exec(written);
  if (!braces) return [written];
  const [, before, names, after] = braces;
  return names!.split(",").flatMap((name) => expanded(`${before}${name}${after}`));
}

describe.each(pages)("%s", (page) => {
  const text = withoutCode(read(page));

  test("links to files and headings that exist", () => {
    const broken = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target]) => target!)
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => {
        const [file, anchor] = target.split("#");
        const linked = file === "" ? page : path.posix.join(path.posix.dirname(page), file!);
        if (!exists(linked)) return true;
        return anchor !== undefined && linked.endsWith(".md") && !anchorsOf(linked).includes(anchor);
      });
    expect(broken).toEqual([]);
  });

  test("names only paths that exist", () => {
    const rooms = /`((?:models|infra|schema|functions|cdk|test|docs|examples|\.github|\.ci)\/[\w./{},@-]*)`/g;
    const missing = [...text.matchAll(rooms)]
      .flatMap(([, written]) => expanded(written!))
      .filter((file) => !exists(file) && !/^models\/training\/(cache|\.venv)\b/.test(file));
    expect(missing).toEqual([]);
  });
});

test("source files name only pages that exist", () => {
  const missing = sources.flatMap((file) =>
    [...read(file).matchAll(/(?<![\w/])docs\/[\w/-]+\.(?:md|mjs)\b/g)]
      .filter(([page]) => !exists(page!))
      .map(([page]) => `${file} -> ${page}`),
  );
  expect(missing).toEqual([]);
});
