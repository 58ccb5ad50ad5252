// A bundle that ends at 256 pixels, as Karlo does. A larger size is an invalid input and is refused before a job is created.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exitCodeOf, formatError } from "../../../functions/cli/exit-codes.ts";
import { run } from "../../../functions/cli/run.ts";
import type { Running } from "../../../functions/local/start.ts";
import { runQuery } from "../../support/local/run-query.ts";
import { startOn } from "../../support/local/start.ts";
import { KARLO } from "../../support/models/karlo-bundle.ts";

let folder: string;
let running: Running;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "unclip-sizes-"));
  running = await startOn(path.join(folder, "data"), { bundle: KARLO, memory: "one" });
});
afterAll(async () => {
  await running.close();
  await rm(folder, { recursive: true, force: true });
});

const generate = (input: object) =>
  runQuery(
    running.url,
    `mutation ($input: GenerateInput!) { generate(input: $input) {
      __typename ... on InvalidInput { code field message } } }`,
    { input: { prompt: "a red apple", ...input } },
  );

async function refusal(...argv: string[]): Promise<string> {
  const error = await run(argv, new AbortController().signal).then(
    () => expect.fail("it drew"),
    (reason: unknown) => reason,
  );
  expect(exitCodeOf(error)).toBe(2);
  return formatError(error, false);
}

test("the service lists the bundle's sizes and priors", async () => {
  const { models } = await runQuery(running.url, "{ models { sizes priors } }");
  expect(models).toEqual([{ sizes: [64, 256], priors: ["DIFFUSION"] }]);
});

describe("what the bundle lacks is refused by name, and creates no job", () => {
  test.each([
    [{ size: 1024 }, "size", '"size" must be 64 or 256 with the model karlo-tiny, not 1024'],
    [{ prior: "AUTOREGRESSIVE" }, "prior", '"prior" must be diffusion with the model karlo-tiny, not autoregressive'],
  ])("%j in the service", async (input, field, message) => {
    const received = { __typename: "InvalidInput", code: "INVALID_INPUT", field, message };
    expect((await generate(input)).generate).toEqual(received);
    const { jobs, viewer } = await runQuery(
      running.url,
      "{ jobs(first: 5) { nodes { id } } viewer { picturesInFlight } }",
    );
    expect([jobs.nodes, viewer.picturesInFlight]).toEqual([[], 0]);
  });

  test("by the command line, here and through the service", async () => {
    const here = await refusal(
      "generate",
      "a red apple",
      "--size",
      "1024",
      "--bundle",
      KARLO,
      "--out",
      `${folder}/a.png`,
    );
    expect(here).toBe("--size must be 64 or 256 with the model karlo-tiny, not 1024");
    const there = ["--url", running.url, "--out", `${folder}/a.png`];
    expect(await refusal("generate", "a red apple", "--size", "1024", ...there)).toMatch(/^--size must be 64 or 256 /);
  });
});
