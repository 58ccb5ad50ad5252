// Every package comes from the npm registry, unchanged, under a licence that we have read.
import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";

const run = promisify(execFile);
const ROOT = path.resolve(import.meta.dirname, "..");
const FOLDERS = [".", "functions/aws/image", "models/training", "docs/api"];
/** Each with a few packages. */
const CLIENTS = readdirSync(path.join(ROOT, "test/clients"))
  .map((name) => `test/clients/${name}`)
  .filter((folder) => existsSync(path.join(ROOT, folder, "package-lock.json")));

type Entry = {
  readonly version: string;
  readonly name?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly link?: boolean;
  readonly inBundle?: boolean;
  readonly hasInstallScript?: boolean;
};
type Package = Entry & { readonly at: string; readonly name: string };

/** The locked packages, without the workspaces, which are our own. */
function packagesOf(folder: string): Package[] {
  const { packages } = JSON.parse(readFileSync(path.join(ROOT, folder, "package-lock.json"), "utf8"));
  return Object.entries(packages as Record<string, Entry>)
    .filter(([at, { link }]) => at.includes("node_modules/") && !link)
    .map(([at, entry]) => ({ ...entry, at, name: entry.name ?? at.slice(at.lastIndexOf("node_modules/") + 13) }));
}

const namesOf = (packages: readonly Package[]) => packages.map(({ name, license }) => `${name}: ${license}`);

/** Permissive: the licence's text travels with the package, and nothing else is asked. */
const PERMISSIVE = "MIT ISC Apache-2.0 BSD-2-Clause BSD-3-Clause 0BSD Unlicense BlueOak-1.0.0 Python-2.0".split(" ");

/** Packages under other licences. Those that we ship are named in NOTICE, with what the licence asks. */
const OTHERS: readonly { readonly names: RegExp; readonly licence: string; readonly notice?: string }[] = [
  { names: /^@img\/sharp-/, licence: "LGPL-3.0-or-later", notice: "libvips" },
  { names: /^axe-core$/, licence: "MPL-2.0", notice: "axe-core" },
  { names: /^lightningcss(-|$)/, licence: "MPL-2.0", notice: "lightningcss" },
  { names: /^caniuse-lite$/, licence: "CC-BY-4.0" },
  { names: /^@iconify-json\/(twemoji|emojione)$/, licence: "CC-BY-4.0", notice: "@iconify-json/twemoji" },
];

/** Whether an SPDX expression without nested parentheses is satisfied: one side of OR, all sides of AND. */
function allowed({ name, license = "none" }: Package): boolean {
  const known = [...PERMISSIVE, ...OTHERS.filter(({ names }) => names.test(name)).map(({ licence }) => licence)];
  const alternatives = license.replace(/[()]/g, "").split(" OR ");
  return alternatives.some((alternative) => alternative.split(" AND ").every((one) => known.includes(one)));
}

describe.each([...FOLDERS, ...CLIENTS])("the packages of %s", (folder) => {
  const packages = packagesOf(folder);

  test("come from the npm registry, and are pinned by their content", () => {
    const expected = ({ name, version }: Package) =>
      `https://registry.npmjs.org/${name}/-/${name.slice(name.indexOf("/") + 1)}-${version}.tgz`;
    // A bundled package is part of the one that bundles it.
    const own = packages.filter(({ inBundle }) => !inBundle);
    expect(own.length).toBeGreaterThan(CLIENTS.includes(folder) ? 0 : 20);
    expect(own.filter((one) => one.resolved !== expected(one)).map(({ at, resolved }) => [at, resolved])).toEqual([]);
    expect(own.filter(({ integrity }) => !/^sha512-[\w+/]{86}==$/.test(integrity ?? "")).map(({ at }) => at)).toEqual(
      [],
    );
  });

  test("have licences of the list", () => {
    expect(namesOf(packages.filter((one) => !allowed(one)))).toEqual([]);
  });

  test("run no script when they are installed, but for two that work without", () => {
    const scripts = new Set(packages.filter(({ hasInstallScript }) => hasInstallScript).map(({ name }) => name));
    for (const name of ["esbuild", "fsevents", "onnxruntime-node"]) scripts.delete(name);
    expect([...scripts]).toEqual([]);
  });
});

test("install scripts are off", () => {
  expect(readFileSync(path.join(ROOT, ".npmrc"), "utf8")).toMatch(/^ignore-scripts=true$/m);
});

test("workflows run actions of others by the digest of a commit, with their version beside it", () => {
  const folder = path.join(ROOT, ".github", "workflows");
  const uses = readdirSync(folder).flatMap((file) => [
    ...readFileSync(path.join(folder, file), "utf8").matchAll(/\buses: (?!\.\/)(.*)/g),
  ]);
  expect(uses.length).toBeGreaterThan(10);
  const unpinned = uses
    .map(([, action]) => action!)
    .filter((one) => !/^[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(one));
  expect(unpinned).toEqual([]);
});

test("NOTICE names every package that is under another licence than a permissive one", () => {
  const notice = readFileSync(path.join(ROOT, "NOTICE"), "utf8");
  for (const { licence, notice: name = licence } of OTHERS) {
    expect(notice).toContain(name);
    expect(notice).toContain(licence);
  }
});

test.each([
  ["MIT", true],
  ["(MIT OR GPL-3.0-or-later)", true],
  ["Apache-2.0 AND MIT", true],
  ["Apache-2.0 AND GPL-3.0-only", false],
  ["LGPL-3.0-or-later", false],
  ["SEE LICENSE IN LICENSE", false],
  [undefined, false],
])("a package under %s is allowed: %s", (license, expected) => {
  expect(allowed({ at: "", name: "left-pad", version: "1.0.0", ...(license !== undefined && { license }) })).toBe(
    expected,
  );
});

test("npm run sbom lists what users install, with licences and hashes", async () => {
  const { stdout } = await run("npm", ["run", "-s", "sbom"], { cwd: ROOT, maxBuffer: 2 ** 24 });
  const { bomFormat, components } = JSON.parse(stdout);
  expect(bomFormat).toBe("CycloneDX");
  const names = components.map(({ name }: { name: string }) => name);
  const shipped = packagesOf(".").filter(({ dev, inBundle }) => !dev && !inBundle);
  expect(names).toEqual(expect.arrayContaining(["sharp", "onnxruntime-node", "graphql"]));
  expect(names.filter((name: string) => !shipped.some((one) => one.name === name))).toEqual([]);
  expect(components.filter(({ hashes, licenses }: { hashes: []; licenses: [] }) => !hashes || !licenses)).toEqual([]);
}, 60_000);
