// What a user installs: the tarball of `npm pack`, in an empty folder outside the repository.
import { execFile } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Installed, installTarball } from "../support/package/install.ts";

const exec = promisify(execFile);
const ROOT = path.resolve(import.meta.dirname, "../..");
const manifest = (folder: string) => JSON.parse(readFileSync(path.join(ROOT, folder, "package.json"), "utf8"));
const RED_APPLE = ["generate", "a red apple", "--seed", "7", "--preset", "draft"];

let unclip: Installed;
beforeAll(async () => {
  unclip = await installTarball();
}, 600_000);
afterAll(() => unclip?.remove());

describe("the tarball", () => {
  test("holds compiled code with types, picto, and no source, test or deployment", () => {
    const { files } = unclip;
    const shipped =
      /^(dist\/.+\.(js|d\.ts|json)|dist\/functions\/studio\/.+|models\/bundles\/picto\/.+|LICENSE|NOTICE|README\.md|package\.json)$/;
    expect(files.filter((file) => !shipped.test(file))).toEqual([]);
    expect(files.filter((file) => /(^|\/)(aws|cdk|test|training)\//.test(file))).toEqual([]);
    expect(files).toEqual(expect.arrayContaining(["dist/models/index.d.ts", "models/bundles/picto/bundle.json"]));
  });

  test("installs no development dependency, no AWS SDK and no CDK", () => {
    const development = [manifest("."), manifest("cdk")].flatMap((each) => Object.keys(each.devDependencies));
    const installed = development.filter((name) => existsSync(path.join(unclip.folder, "node_modules", name)));
    expect(installed).toEqual([]);
    expect(existsSync(path.join(unclip.folder, "node_modules/@aws-sdk"))).toBe(false);
  });

  test("has types that a strict consumer can use", async () => {
    await unclip.write(
      "consumer.ts",
      `import { openUnclip, type Result, UnclipError } from "unclip";
       import { LIMITS, parseGenerate } from "unclip/request";
       import { localSettings, start } from "unclip/server";
       const engine = await openUnclip();
       const { pictures }: Result = await engine.generate({ prompt: "a red apple", seed: 7 });
       const png: Uint8Array = pictures[0]!.png;
       // @ts-expect-error: a prompt is text
       await engine.generate({ prompt: 7 });
       // @ts-expect-error: the types are not "any"
       const count: string = LIMITS.count.max;
       const { url } = await start({ ...localSettings(), port: 0 });
       export { count, parseGenerate, png, UnclipError, url };`,
    );
    const options = ["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "--target", "es2023"];
    const types = ["--types", "node", "--typeRoots", path.join(ROOT, "node_modules/@types")];
    await unclip.run(path.join(ROOT, "node_modules/.bin/tsc"), ...options, ...types, "consumer.ts");
  });
});

describe("the command", () => {
  test("tells its version and its help", async () => {
    expect((await unclip.run("npx", "unclip", "--version")).stdout).toBe(`${manifest(".").version}\n`);
    expect((await unclip.run("npx", "unclip", "--help")).stdout).toContain("generate");
  });

  test("draws the same picture as the source", async () => {
    await unclip.run("npx", "unclip", ...RED_APPLE, "--out", "apple.png");
    const source = path.join(unclip.folder, "source.png");
    const words = ["--import", "tsx", "functions/cli/main.ts", ...RED_APPLE, "--out", source];
    await exec(process.execPath, words, { cwd: ROOT });
    const [installed, expected] = ["apple.png", "source.png"].map((name) =>
      readFileSync(path.join(unclip.folder, name)),
    );
    expect(installed!.subarray(1, 4).toString()).toBe("PNG");
    expect(installed!.readUInt32BE(16)).toBe(256);
    expect(installed!.equals(expected!)).toBe(true);
  });

  test("draws with one network at a time, each in a process of its own", async () => {
    const words = [...RED_APPLE, "--size", "64", "--steps", "2", "--memory", "one", "--out", "small.png"];
    await unclip.run("npx", "unclip", ...words);
    expect(existsSync(path.join(unclip.folder, "small.png"))).toBe(true);
  });

  test("serves GraphQL until a signal ends it", async () => {
    const server = unclip.start("node_modules/.bin/unclip", ["serve"], { PORT: "0", UNCLIP_LOG: "silent" });
    const url = await new Promise<string>((resolve, reject) => {
      server.once("exit", (code) => reject(new Error(`The server ended with ${code}.`)));
      server.stdout!.on("data", (data) => {
        const found = /http:\S+\/graphql/.exec(String(data));
        if (found) resolve(found[0]);
      });
    });
    const [api, page] = await Promise.all([
      fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ query: "{ models { name } }" }),
      }),
      fetch(url, { headers: { accept: "text/html" } }),
    ]);
    expect(await api.json()).toEqual({ data: { models: [{ name: "picto" }] } });
    expect(await page.text()).toContain("GraphiQL");
    const studio = await (await fetch(new URL("/", url))).text();
    const script = await fetch(new URL(/src="([^"]+)"/.exec(studio)![1]!, url));
    expect([script.status, script.headers.get("content-type")]).toEqual([200, "text/javascript; charset=utf-8"]);
    const exit = once(server, "exit");
    server.kill("SIGTERM");
    expect(await exit).toEqual([0, null]);
  });
});

describe("the library", () => {
  test.each(["openUnclip", "openUnclipInWorker"])("draws in ten lines, by %s", async (open) => {
    await unclip.write(
      "draw.js",
      `import { writeFile } from "node:fs/promises";
       import { ${open} } from "unclip";

       const engine = await ${open}();
       const { pictures, warnings } = await engine.generate({ prompt: "a red apple", size: 64, preset: "draft", seed: 7 });
       for (const { message } of warnings) console.error(message);
       await writeFile("${open}.png", pictures[0].png);
       console.log(engine.info.name, pictures.length);
       await engine.close();`,
    );
    const { stdout } = await unclip.run("node", "draw.js");
    expect(stdout).toBe("picto 1\n");
    expect(readFileSync(path.join(unclip.folder, `${open}.png`)).readUInt32BE(16)).toBe(64);
  });

  test("starts the service from unclip/server", async () => {
    await unclip.write(
      "serve.js",
      `import { localSettings, start } from "unclip/server";
       const { url, close } = await start({ ...localSettings(), port: 0, logLevel: "silent" });
       const { status } = await fetch(url + "/health");
       await close();
       console.log(status);`,
    );
    expect((await unclip.run("node", "serve.js")).stdout).toBe("200\n");
  });

  test("unclip/request is code for a browser: no module of Node.js behind it", async () => {
    await unclip.write(
      "page.js",
      `import { LIMITS, parseGenerate, parseVariations } from "unclip/request";
       const { image } = parseVariations({ image: new Uint8Array([1, 2, 3]) });
       globalThis.answer = [parseGenerate({ prompt: "a red apple" }).prompt, image.length, LIMITS.count.min];`,
    );
    const { outputFiles, metafile } = await build({
      absWorkingDir: unclip.folder,
      entryPoints: ["page.js"],
      bundle: true,
      platform: "browser",
      write: false,
      metafile: true,
      logLevel: "silent",
    });
    expect(Object.values(metafile.outputs).flatMap(({ imports }) => imports)).toEqual([]);
    expect(
      Object.keys(metafile.inputs).filter((file) => !/^(page\.js|node_modules\/unclip\/dist\/models\/)/.test(file)),
    ).toEqual([]);
    const page: { answer?: unknown } = {};
    // A browser has neither Buffer nor process.
    new Function("globalThis", "Buffer", "process", outputFiles[0]!.text)(page);
    expect(page.answer).toEqual(["a red apple", 3, 1]);
  });
});
