// Clients as their authors publish them, each in a folder of its own, against the server of `npm start`.
import path from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { AUDITS, IMAGES, SCENARIO } from "../support/clients/expected.ts";
import { installClient } from "../support/clients/install.ts";
import { startOn } from "../support/local/start.ts";
import { dataFolder } from "../support/local/temporary-folder.ts";

const GRAPHQL = "/graphql";

/** [folder, program, ways to run it, path of the API, what it prints] */
const PROGRAMS: readonly [string, string, readonly string[], string, object][] = [
  ["apollo", "draw.mjs", ["http", "websocket", "sse", "persisted", "persisted-get"], GRAPHQL, SCENARIO],
  ["urql", "draw.mjs", ["sse", "websocket", "persisted"], GRAPHQL, SCENARIO],
  ["graphql-sse", "draw.mjs", [], GRAPHQL, SCENARIO],
  ["graphql-request", "draw.mjs", [], GRAPHQL, SCENARIO],
  ["gql", "draw.py", [], GRAPHQL, SCENARIO],
  ["graphql-http", "audits.mjs", [], GRAPHQL, AUDITS],
  ["openai-node", "images.mjs", [], "/v1", IMAGES],
  ["openai-python", "images.py", [], "/v1", IMAGES],
];

describe.each(PROGRAMS)("%s", (name, program, ways, api, expected) => {
  test(`${program} ${ways.join("|")}`, async () => {
    const client = await installClient(name);
    for (const way of ways.length > 0 ? ways.map((one) => [one]) : [[]]) {
      // A server of its own, because the stages of an equal request would not be drawn again.
      const server = await startOn(dataFolder());
      onTestFinished(() => server.close());
      const command = path.extname(program) === ".py" ? "python3" : process.execPath;
      const { stdout } = await client.run(command, program, ...way, server.url + api);
      expect(JSON.parse(stdout), way[0]).toEqual(expected);
    }
  });
});
