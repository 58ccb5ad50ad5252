// unclip-cdk as npm ships it: packed, installed outside the repository, and used by the app in examples/cdk.mjs.
import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";
import { ENTRY_NAMES } from "../../cdk/lambda-entries.ts";
import { ofType, ROOT, type Template } from "../support/cdk/synth.ts";

const run = promisify(execFile);

let project: string;

beforeAll(async () => {
  await run("npm", ["run", "build", "--workspace", "cdk"], { cwd: ROOT });
  project = mkdtempSync(path.join(tmpdir(), "unclip-cdk-"));
  const pack = ["pack", "--ignore-scripts", "--json", "--workspace", "cdk", "--pack-destination", project];
  await run("npm", pack, { cwd: ROOT });
  const tarball = readdirSync(project).find((file) => file.endsWith(".tgz"))!;
  writeFileSync(path.join(project, "package.json"), JSON.stringify({ name: "shop", private: true, type: "module" }));
  // The peers come from this repository instead of the registry, so that the test needs no network.
  const install = ["install", "--offline", "--ignore-scripts", "--legacy-peer-deps", `./${tarball}`];
  await run("npm", install, { cwd: project });
  expect(readdirSync(path.join(project, "node_modules")).filter((name) => !name.startsWith("."))).toEqual([
    "unclip-cdk",
  ]);
  for (const peer of ["aws-cdk-lib", "constructs"]) {
    symlinkSync(path.join(ROOT, "node_modules", peer), path.join(project, "node_modules", peer));
  }
  // Of the package unclip, only its bundle is used.
  mkdirSync(path.join(project, "node_modules", "unclip", "models"), { recursive: true });
  symlinkSync(path.join(ROOT, "models", "bundles"), path.join(project, "node_modules", "unclip", "models", "bundles"));
}, 600_000);

test("another app synthesises the construct with the package and its two peers alone", async () => {
  copyFileSync(path.join(ROOT, "examples", "cdk.mjs"), path.join(project, "app.mjs"));
  const out = path.join(project, "cdk.out");
  await run(process.execPath, ["app.mjs"], { cwd: project, env: { ...process.env, CDK_OUTDIR: out } });
  const template: Template = JSON.parse(readFileSync(path.join(out, "Pictures.template.json"), "utf8"));
  expect(ofType(template, "AWS::Lambda::Function").length).toBeGreaterThan(8);
  const { files, dockerImages } = JSON.parse(readFileSync(path.join(out, "Pictures.assets.json"), "utf8"));
  const zips = Object.values<{ source: { path: string } }>(files).map(({ source }) => path.join(out, source.path));
  expect(zips.filter((folder) => folder.includes("asset."))).toHaveLength(8);
  for (const folder of zips.filter((one) => one.includes("asset."))) {
    const names = readdirSync(folder);
    expect(
      ENTRY_NAMES.filter((entry) => names.includes(`${entry}.mjs`)),
      folder,
    ).toHaveLength(1);
    expect(names.filter((name) => name.endsWith(".map"))).toEqual([]);
  }
  for (const { source } of Object.values<{ source: Record<string, unknown> }>(dockerImages)) {
    expect(source.dockerBuildContexts).toEqual({
      bundle: path.join(project, "node_modules", "unclip", "models", "bundles", "picto"),
    });
    const context = readdirSync(path.join(out, source.directory as string));
    expect(context).toEqual(expect.arrayContaining(["Dockerfile", "package-lock.json", "draw.js", "embed.js"]));
  }
}, 120_000);

test("its types check the properties of another app", async () => {
  const source = [
    'import { App, Stack } from "aws-cdk-lib";',
    'import { Unclip, type UnclipProps } from "unclip-cdk";',
    'const props: UnclipProps = { bundle: "bundle", gpu: { weights: "s3" } };',
    'const url: string = new Unclip(new Stack(new App(), "Shop"), "Unclip", props).url;',
    "// @ts-expect-error A number is required.",
    'const wrong: UnclipProps = { bundle: "bundle", memory: "lots" };',
    "// @ts-expect-error A string.",
    'const count: number = new Unclip(new Stack(new App(), "Shop"), "Unclip", props).table.tableName;',
    "export { count, url, wrong };",
  ].join("\n");
  writeFileSync(path.join(project, "consumer.ts"), source);
  const tsc = path.join(ROOT, "node_modules", "typescript", "bin", "tsc");
  const options = ["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--target", "es2023"];
  const { stdout } = await run(process.execPath, [tsc, ...options, "consumer.ts"], { cwd: project }).catch((e) => e);
  expect(stdout).toBe("");
}, 120_000);

test("it installs the command unclip-aws, and carries the licences of bundled packages", async () => {
  const bin = path.join(project, "node_modules", ".bin", "unclip-aws");
  const { version } = JSON.parse(readFileSync(path.join(ROOT, "cdk", "package.json"), "utf8"));
  expect((await run(bin, ["--version"])).stdout.trim()).toBe(version);
  const licenses = readFileSync(
    path.join(project, "node_modules", "unclip-cdk", "dist", "THIRD-PARTY-LICENSES"),
    "utf8",
  );
  expect(licenses).toMatch(/^@aws-sdk\/client-s3 \S+ \(Apache-2\.0\)$/m);
  expect(licenses).toMatch(/^aws4 \S+ \(MIT\)$/m);
  expect(licenses).toMatch(/^graphql \S+ \(MIT\)$/m);
});
