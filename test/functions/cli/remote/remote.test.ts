// --url: the same commands, drawn by a service. They run in this process, against npm start's own service.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { exitCodeOf, formatError } from "../../../../functions/cli/exit-codes.ts";
import { openRemote } from "../../../../functions/cli/remote/engine.ts";
import { RETRY_DELAYS_MS } from "../../../../functions/cli/remote/retry.ts";
import { run } from "../../../../functions/cli/run.ts";
import type { Running } from "../../../../functions/local/start.ts";
import { mintKey } from "../../../../infra/auth/api-keys.ts";
import { keyFile } from "../../../../infra/local/key-file.ts";
import { openUnclip } from "../../../../models/unclip.ts";
import { type ReceivedRequest, startProxy } from "../../../support/cli/proxy.ts";
import { emptyFolder } from "../../../support/cli/unclip.ts";
import { runQuery } from "../../../support/local/run-query.ts";
import { startOn } from "../../../support/local/start.ts";
import { TINY } from "../../../support/models/tiny-bundle.ts";

const never = () => new AbortController().signal;
const QUICK = ["--size", "64", "--preset", "draft", "--steps", "3"];
const cleaning: (() => Promise<unknown>)[] = [];
let service: Running;
let url: string;

beforeAll(async () => {
  const folder = await emptyFolder((remove) => cleaning.push(remove));
  const words = join(folder, "words");
  await writeFile(words, "dragon\n");
  service = await startOn(join(folder, "data"), { denyList: words, quota: 4 });
  url = service.url;
});

afterAll(async () => {
  await service.close();
  for (const clean of cleaning) await clean();
});

const folderOfTest = () => emptyFolder(onTestFinished);

async function refusal(argv: readonly string[], signal = never()): Promise<{ code: number; line: string }> {
  const error = await run(argv, signal).then(
    () => expect.fail("it succeeded"),
    (reason: unknown) => reason,
  );
  return { code: exitCodeOf(error), line: formatError(error, false) };
}

/** The jobs of the service, newest first. */
async function jobs(): Promise<{ status: string; pictureCount: number }[]> {
  return (await runQuery(url, "{ jobs { nodes { status pictureCount } } }")).jobs.nodes;
}

it("--url writes the same files as without it, for every drawing command", async () => {
  const folder = await folderOfTest();
  const there = ["--url", `${url}/`];
  const here = ["--bundle", TINY];
  const filesOf = async (...argv: string[]) => {
    const { text } = await run([...argv, ...QUICK, "--seed", "7"], never());
    return Promise.all(
      text
        .trimEnd()
        .split("\n")
        .map((path) => readFile(path)),
    );
  };
  const named = (name: string) => ["--out", join(folder, name)];
  const picture = join(folder, "a.png");
  const [apple] = await filesOf("generate", "a red apple", ...named("a.png"), ...there);
  for (const [expected, ...argv] of [
    [1, "generate", "a red apple", "--sampler", "dpm-solver++", "--prior", "autoregressive"],
    [1, "generate", "a red apple", "--mix", `${picture}=0.5`, "--mix", "a cat", "--negative-prompt", "a dog"],
    [3, "variations", picture, "--count", "2", "--mix", picture, "--weight", "2", "--embedding-noise", "0.2"],
    [5, "interpolate", picture, "a blue bird", "--frames", "3", "--animate", "webp"],
    [4, "manipulate", picture, "--to", "a pear", "--frames", "2", "--animate", "gif"],
    [3, "reconstruct", picture, "--dimensions", "4,9"],
  ] as const) {
    const drawn = await filesOf(...argv, ...named("there"), ...there);
    expect(drawn).toHaveLength(expected);
    expect(drawn).toEqual(await filesOf(...argv, ...named("here"), ...here));
  }
  expect(apple).toEqual((await filesOf("generate", "a red apple", ...named("b.png"), ...here))[0]);
}, 120_000);

it("--url scores and embeds as without it", async () => {
  const picture = join(await folderOfTest(), "a.png");
  await run(["generate", "a red apple", ...QUICK, "--seed", "7", "--out", picture, "--bundle", TINY], never());
  for (const argv of [
    ["score", picture, "a red apple", "--json"],
    ["embed", picture],
    ["embed", "a red apple"],
  ]) {
    const { text } = await run([...argv, "--url", url], never());
    expect(text).toBe((await run([...argv, "--bundle", TINY], never())).text);
  }
});

it("--url knows what the model of the service can do", async () => {
  const { info } = await openRemote(url, undefined, never());
  const engine = await openUnclip(TINY);
  onTestFinished(() => engine.close());
  const { words: _words, concepts: _concepts, ...expected } = engine.info;
  expect(info).toEqual(expected);
});

it("--url with --json reports the same as a local run", async () => {
  const folder = await folderOfTest();
  const long = `${"apple ".repeat(40)}pear`;
  const out = ["--out", join(folder, "a.png"), "--json"];
  const { text } = await run(["generate", long, ...QUICK, ...out, "--seed", "7", "--url", `${url}/graphql`], never());
  expect(JSON.parse(text)).toEqual({
    bundle: { name: "tiny", version: "1.0.0" },
    pictures: [{ path: join(folder, "a.png"), size: 64, seed: 7, score: expect.any(Number) }],
    warnings: [{ code: "CAPTION_CUT", message: expect.any(String) }],
    timings: expect.arrayContaining([{ stage: "decoder", milliseconds: expect.any(Number) }]),
    milliseconds: expect.any(Number),
  });
});

it("--url resumes after the last event when a stream breaks, and repeats a request whose response is lost", async () => {
  const folder = await folderOfTest();
  const after: unknown[] = [];
  let submitted = 0;
  const before = (await jobs()).length;
  const relayed = await startProxy(url, ({ query, variables }) => {
    if (query.startsWith("mutation")) return ++submitted === 1 ? "lost" : "passed";
    if (!query.startsWith("subscription")) return "passed";
    if (after.at(-1) !== variables.after) after.push(variables.after);
    return after.length < 3 ? "cut" : "passed";
  });
  const { text } = await run(["generate", "a", ...QUICK, "--out", join(folder, "a.png"), "--url", relayed], never());
  expect(text).toBe(`${join(folder, "a.png")}\n`);
  expect(after).toEqual([0, 1, 2]);
  expect([submitted, (await jobs()).length - before]).toEqual([2, 1]);
});

it("--url subscribes at the stream URL of a service that has a separate one", async () => {
  const folder = await folderOfTest();
  const after: unknown[] = [];
  const decide = ({ query, variables }: ReceivedRequest) => {
    if (!query.startsWith("subscription")) return "passed";
    if (after.at(-1) !== variables.after) after.push(variables.after);
    return after.length < 2 ? "cut" : "passed";
  };
  const relayed = await startProxy(url, decide, { separateStreams: true });
  const argv = ["generate", "a", ...QUICK, "--out", join(folder, "a.png"), "--url", `${relayed}/graphql`];
  expect((await run(argv, never())).text).toBe(`${join(folder, "a.png")}\n`);
  expect(after).toEqual([0, 1]);
});

it("--url follows a job that waits longer than any stream lasts", async () => {
  const folder = await folderOfTest();
  let streams = 0;
  const relayed = await startProxy(url, ({ query }) => {
    // More often than the retries of an unreachable service.
    return query.startsWith("subscription") && ++streams <= RETRY_DELAYS_MS.length + 1 ? "ended" : "passed";
  });
  const { text } = await run(["generate", "a", ...QUICK, "--out", join(folder, "a.png"), "--url", relayed], never());
  expect(text).toBe(`${join(folder, "a.png")}\n`);
});

it("--url cancels the job on the service when the command is stopped, and leaves no file", async () => {
  const folder = await folderOfTest();
  const stop = new AbortController();
  const relayed = await startProxy(url, ({ query }) => {
    if (query.startsWith("subscription")) stop.abort();
    return "passed";
  });
  const slow = ["generate", "a", "--size", "1024", "--preset", "best", "--count", "4", "--out", `${folder}/`];
  expect(await refusal([...slow, "--url", relayed], stop.signal)).toEqual({ code: 130, line: "stopped" });
  expect((await jobs())[0]).toEqual({ status: "CANCELED", pictureCount: 4 });
  expect(await readdir(folder)).toEqual([]);
});

describe("with --url, one line says", () => {
  const generate = (...rest: string[]) => ["generate", "a", ...QUICK, "--url", ...rest];

  it("why the service refuses a request", async () => {
    expect(await refusal(["generate", "a dragon", ...QUICK, "--url", url])).toEqual({
      code: 2,
      line: "The prompt contains a word that is not allowed here.",
    });
    // The quota is 4: no retry could succeed.
    expect(await refusal(generate(url, "--count", "5"))).toEqual({
      code: 2,
      line: "--count is 5; your quota of pictures in flight is 4",
    });
    const works = generate(url, "--count", "4", "--steps", "250", "--prior-samples", "16", "--prior-steps", "250");
    expect(await refusal(works)).toMatchObject({
      code: 2,
      line: expect.stringMatching(/^--count asks for \d+ denoising steps/),
    });
  });

  it("which picture is unusable, whether this machine or the service finds out", async () => {
    const folder = await folderOfTest();
    const [textFile, broken] = [join(folder, "notes.txt"), join(folder, "broken.png")];
    await writeFile(textFile, "no picture");
    await writeFile(broken, Buffer.from("89504e470d0a1a0a0102", "hex"));
    expect(await refusal(["interpolate", "a", textFile, broken, ...QUICK, "--url", url])).toEqual({
      code: 2,
      line: `${textFile}: The picture is not a PNG, JPEG or WebP file.`,
    });
    const line = expect.stringMatching(/^\S+broken\.png: The picture/);
    expect(await refusal(["variations", broken, ...QUICK, "--url", url])).toEqual({ code: 2, line });
    expect(await refusal(["interpolate", "a", broken, "--frames", "2", ...QUICK, "--url", url])).toEqual({
      code: 2,
      line,
    });
    expect(await refusal(["score", broken, "a", "--url", url])).toEqual({ code: 2, line });
  });

  it("that a service is unreachable or is not unclip", async () => {
    const unreachable = await refusal(generate("http://127.0.0.1:9"));
    expect(unreachable).toEqual({
      code: 1,
      line: expect.stringMatching(/^http:\/\/127\.0\.0\.1:9 does not respond: \S+/),
    });
    const other = await refusal(generate(`${url}/blobs`));
    expect(other).toEqual({
      code: 1,
      line: `${url}/blobs does not respond like an unclip service: a response without data`,
    });
  });
});

it("--url sends the API key", async () => {
  const folder = await folderOfTest();
  const { key, secret } = mintKey({ name: "a", owner: "ada", quota: 1 }, 0);
  const data = join(folder, "data");
  await keyFile(data).add(key);
  const locked = await startOn(data);
  onTestFinished(() => locked.close());
  const argv = ["generate", "a", ...QUICK, "--out", join(folder, "a.png"), "--url", locked.url];
  const needsKey = { code: 2, line: `${locked.url} requires a valid API key: --key-file, UNCLIP_KEY or --key` };
  expect(await refusal(argv)).toEqual(needsKey);
  expect(await refusal([...argv, "--key", `${secret}0`])).toEqual(needsKey);
  expect((await run([...argv, "--key", secret], never())).text).toBe(`${join(folder, "a.png")}\n`);
  const file = join(folder, "key.txt");
  await writeFile(file, `${secret}\n`);
  expect((await run([...argv, "--key-file", file], never())).text).toBe(`${join(folder, "a.png")}\n`);
  const both = { code: 2, line: "--key and --key-file cannot be used together" };
  expect(await refusal([...argv, "--key-file", file, "--key", secret])).toEqual(both);
  await writeFile(file, "two words");
  expect((await refusal([...argv, "--key-file", file])).line).toBe("the API key contains characters that no key has");
});
