// The image of the service, as Dockerfile, .dockerignore and compose.yaml declare it.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = path.resolve(import.meta.dirname, "../..");
const read = (file: string) => readFileSync(path.join(ROOT, file), "utf8");
const lines = read("Dockerfile")
  .replace(/^\s*#.*\n/gm, "")
  .replace(/\\\n/g, " ")
  .split("\n");
const all = (name: string) =>
  lines.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));

describe("the Dockerfile", () => {
  it("builds on images with a pinned version, and on its own stages", () => {
    const stages = all("FROM").map((from) => from.split(" AS "));
    const names = stages.map(([, name]) => name);
    for (const [base] of stages) if (!names.includes(base)) expect(base).toBe("node:24-bookworm-slim");
  });

  it("copies files that exist and that .dockerignore lets through", () => {
    const allowed = read(".dockerignore")
      .match(/^!.+$/gm)!
      .map((line) => line.slice(1));
    const copied = all("COPY").flatMap((copy) => (copy.startsWith("--from=") ? [] : copy.split(" ").slice(0, -1)));
    for (const file of copied) {
      expect(existsSync(path.join(ROOT, file)), file).toBe(true);
      expect(
        allowed.some((one) => file === one || file.startsWith(`${one}/`)),
        file,
      ).toBe(true);
    }
    expect(all("ADD")).toEqual([]);
  });

  it("compiles all that tsconfig.build.json names, and installs no development dependency into the image", () => {
    const folders = new Set(JSON.parse(read("tsconfig.build.json")).include.map((file: string) => file.split("/")[0]));
    for (const folder of folders) expect(all("COPY")).toContain(`${folder} ${folder}`);
    expect(all("RUN").join()).toContain("npm ci --omit=dev");
  });

  it("runs as an unprivileged user who owns the volume, and checks its health", () => {
    expect(all("USER")).toEqual(["1000:1000"]);
    expect(lines.findIndex((line) => line.startsWith("USER"))).toBeLessThan(
      lines.findIndex((line) => line.startsWith("CMD")),
    );
    expect(all("VOLUME")).toEqual(["/data"]);
    expect(all("RUN").join()).toContain("chown 1000:1000 /data");
    expect(all("ENV").join()).toMatch(/HOST=0\.0\.0\.0 PORT=4000 UNCLIP_DATA=\/data/);
    expect(all("HEALTHCHECK")).toEqual([expect.stringContaining("/health")]);
    expect([all("ENTRYPOINT"), all("CMD")]).toEqual([['["node", "dist/functions/cli/bin.js"]'], ['["serve"]']]);
  });
});

it("compose.yaml runs it with a read-only root, without capabilities, on this machine's own address", () => {
  const compose = read("compose.yaml");
  expect(compose).toMatch(/^ {4}read_only: true$/m);
  expect(compose).toMatch(/^ {4}cap_drop:\n {6}- ALL$/m);
  expect(compose).toMatch(/^ {6}- no-new-privileges:true$/m);
  expect(compose).toMatch(/^ {6}- 127\.0\.0\.1:4000:4000$/m);
  expect(compose).toMatch(/^ {6}- data:\/data$/m);
});
