// Nothing leaves the machine and nothing is written but what was asked for: no file outside the data folder, no name
// resolved, no connection. ONNX Runtime's builds do all three (models/onnx/telemetry.ts), and any dependency may begin to.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildImage, buildLambdas } from "../../cdk/build-lambdas.ts";
import { readBundleInfo } from "../../cdk/bundle-info.ts";
import { ENTRY_NAMES } from "../../cdk/lambda-entries.ts";
import { ROOT } from "../support/cdk/synth.ts";
import { TINY } from "../support/models/tiny-bundle.ts";
import { type Observed, observe, unobservable } from "../support/system-calls.ts";

const reason = unobservable();

const folder = mkdtempSync(path.join(tmpdir(), "unclip-telemetry-"));
const at = (...parts: string[]) => path.join(folder, ...parts);
/** The development loader would keep what it compiles in TMPDIR. */
const env = { HOME: at("home"), TMPDIR: at("tmp"), TSX_DISABLE_CACHE: "1", UNCLIP_BUNDLE: TINY };
const source = ["--import", "tsx"];

beforeAll(() => {
  for (const name of ["home", "tmp", "data"]) mkdirSync(at(name));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Expects nothing written outside `allowed`, and nobody contacted. */
function expectSilence({ written, contacted }: Observed, ...allowed: string[]): void {
  const inside = (file: string) => allowed.some((one) => file === one || file.startsWith(`${one}/`));
  expect({ written: written.filter((file) => !inside(file)), contacted }).toEqual({ written: [], contacted: [] });
  expect(readdirSync(at("home"))).toEqual([]);
}

describe.skipIf(reason !== undefined)(reason ?? "without traces", { timeout: 120_000 }, () => {
  test("the check detects a file in HOME, a resolved name and a connection", async () => {
    const script = `
      require("node:fs").writeFileSync(process.env.HOME + "/trace", "");
      require("node:net").connect(9, "127.0.0.1").on("error", () => {});
      new (require("node:dns").Resolver)({ timeout: 1, tries: 1 }).resolve4("unclip.invalid", () => {});`;
    const servers = /^nameserver\s+\S+/m.test(readFileSync("/etc/resolv.conf", "utf8"));
    const { written, contacted } = await observe([process.execPath, "-e", script], { env });
    rmSync(at("home", "trace"));
    expect(written).toContain(at("home", "trace"));
    expect(contacted).toContain("[127.0.0.1]:9");
    if (servers) expect(contacted).toContainEqual(expect.stringMatching(/:53$/));
  });

  test.each(["all", "one"])("unclip generate with memory %s", async (memory) => {
    const out = at("data", `${memory}.png`);
    const words = ["generate", "a red apple", "--bundle", TINY, "--size", "64", "--memory", memory, "--out", out];
    const result = await observe([process.execPath, ...source, "functions/cli/main.ts", ...words], { env, cwd: ROOT });
    expect(result).toMatchObject({ code: 0 });
    expect(result.written).toContainEqual(expect.stringContaining(out));
    expectSilence(result, at("data"));
  });

  test("npm start, and a picture", async () => {
    const { scripts } = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8"));
    const [program, ...words] = scripts.start.split(" ");
    expect(program).toBe("node");
    let drawing: Promise<unknown> | undefined;
    const result = await observe([process.execPath, ...words], {
      cwd: ROOT,
      env: { ...env, PORT: "0", UNCLIP_DATA: at("data"), UNCLIP_LOG: "error" },
      onOutput: (output, end) => {
        const url = /http:\S+\/graphql/.exec(output)?.[0];
        if (url) drawing ??= Promise.allSettled([draw(url)]).finally(end);
      },
    });
    expect(await drawing).toEqual([{ status: "fulfilled", value: expect.stringContaining("Succeeded") }]);
    expectSilence(result, at("data"));
  });

  describe("on AWS", () => {
    beforeAll(async () => {
      await Promise.all([buildLambdas(ROOT, at("lambdas")), buildImage(ROOT, at("image"))]);
      symlinkSync(path.join(ROOT, "node_modules"), at("image", "node_modules"));
    }, 120_000);

    test.each(ENTRY_NAMES)("the function %s, started", async (entry) => {
      const result = await observe(load(at("lambdas", entry, `${entry}.mjs`)), { env: { ...env, ...AWS } });
      expect(result).toMatchObject({ code: 0, stdout: expect.stringContaining("started") });
      expectSilence(result);
    });

    test.each(["draw", "embed"])("the worker's function %s, which opens the engine", async (entry) => {
      const call = entry === "embed" ? 'await handler({ prompt: "a red apple" });' : "";
      const result = await observe(load(at("image", `${entry}.js`), call), { env: { ...env, ...AWS } });
      expect(result).toMatchObject({ code: 0, stdout: expect.stringContaining("started") });
      expectSilence(result);
    });
  });
});

/** Settings of a deployment that does not exist. */
const AWS = {
  AWS_REGION: "us-east-1",
  AWS_ACCESS_KEY_ID: "none",
  AWS_SECRET_ACCESS_KEY: "none",
  UNCLIP_TABLE: "none",
  UNCLIP_BUCKET: "none",
  UNCLIP_QUEUE: "https://queue.invalid/none",
  UNCLIP_WEBHOOK_QUEUE: "https://queue.invalid/none",
  UNCLIP_SECRET: "none",
  UNCLIP_SOCKETS: "https://sockets.invalid/none",
  UNCLIP_EMBEDDER: "none",
  UNCLIP_BATCH_QUEUE: "none",
  UNCLIP_BATCH_JOB: "none",
  UNCLIP_MAX_WORKERS: "1",
  UNCLIP_MODEL: readBundleInfo(TINY).info,
};

/** The command that imports a bundled function, with the global that Lambda's runtime provides, and calls it. */
function load(file: string, call = ""): string[] {
  const script = `
    globalThis.awslambda = { streamifyResponse: (f) => f, HttpResponseStream: { from: () => {} } };
    const { handler } = await import(${JSON.stringify(file)});
    ${call}
    if (typeof handler === "function") console.log("started");
    process.exit();`;
  return [process.execPath, "--input-type=module", "-e", script];
}

/** Submits a job; its events, to the end. */
async function draw(url: string): Promise<string> {
  const query = async (document: string, accept = "application/json") => {
    const headers = { "content-type": "application/json", accept };
    const response = await fetch(url, { method: "POST", headers, body: JSON.stringify({ query: document }) });
    return response.text();
  };
  const submitted = await query(
    `mutation { generate(input: { prompt: "a red apple", size: 64, preset: DRAFT }) { ... on Job { id } } }`,
  );
  const { id } = JSON.parse(submitted).data.generate;
  return query(`subscription { jobEvents(id: "${id}") { __typename } }`, "text/event-stream");
}
