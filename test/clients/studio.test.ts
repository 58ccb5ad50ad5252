// The code that the studio shows, where it needs a package. test/functions/studio/snippets.test.ts runs the rest.
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { snippet } from "../../functions/studio/code/languages.ts";
import { installClient } from "../support/clients/install.ts";
import { startOn } from "../support/local/start.ts";
import { dataFolder } from "../support/local/temporary-folder.ts";

test.each([
  ["apollo", "apollo"],
  ["openai", "openai-node"],
])("the code for %s draws, and says why a request is refused", async (language, folder) => {
  const server = await startOn(dataFolder());
  onTestFinished(() => server.close());
  const client = await installClient(folder);
  const place = { origin: server.url, streamUrl: `${server.url}/graphql`, hasKey: false };
  const run = async (count: number) => {
    const input = { prompt: "a red apple", size: 256, count, preset: "DRAFT", seed: 7 };
    await writeFile(path.join(client.folder, "code.mjs"), snippet(language, { verb: "generate", input }, place));
    return client.run(process.execPath, "code.mjs");
  };
  expect((await run(2)).stdout).toMatch(/^http:\S+\nhttp:\S+\n$/);
  await expect(run(99)).rejects.toMatchObject({ stderr: expect.stringMatching(/must be .*10|must be .*16/) });
});
