// unclip-aws doctor --live as a client, of the service on this machine, which has the same API on one port.
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { draw } from "../../../../functions/aws/cli/live-draws.ts";
import { mintKey } from "../../../../infra/auth/api-keys.ts";
import { keyFile } from "../../../../infra/local/key-file.ts";
import { emptyFolder } from "../../../support/cli/unclip.ts";
import { startOn } from "../../../support/local/start.ts";

async function deploymentWithKey() {
  const folder = join(await emptyFolder(onTestFinished), "data");
  const { key, secret } = mintKey({ name: "first key", owner: "first", quota: 64 }, Date.now());
  await keyFile(folder).add(key);
  const { url, close } = await startOn(folder);
  onTestFinished(close);
  const outputs = { Url: `${url}/graphql`, SocketUrl: `${url.replace("http", "ws")}/graphql`, TableName: "none" };
  return { name: "one", key: secret, outputs };
}

test("draws over HTTP and over a WebSocket, and opens the picture's URL", async () => {
  const findings = await draw(await deploymentWithKey());
  expect(findings).toEqual([
    {
      subject: "HTTP, server-sent events, picture URL",
      state: "ok",
      found: expect.stringMatching(/^\d{3,} bytes after \d+\.\d s$/),
    },
    { subject: "WebSocket", state: "ok", found: expect.stringMatching(/^\d+ events after \d+\.\d s$/) },
  ]);
}, 120_000);

test("a refused key and an address without a service are problems, by their own message", async () => {
  const deployment = await deploymentWithKey();
  const refused = await draw({ ...deployment, key: `${deployment.key.slice(0, -4)}0000` });
  expect(refused.map(({ state }) => state)).toEqual(["problem", "problem"]);
  expect(refused[0]!.found).toMatch(/API key/);
  const outputs = { ...deployment.outputs, Url: "http://127.0.0.1:9/graphql", SocketUrl: "ws://127.0.0.1:9/graphql" };
  const gone = await draw({ ...deployment, outputs });
  expect(gone.map(({ state }) => state)).toEqual(["problem", "problem"]);
  for (const { found } of gone) expect(found).toMatch(/does not respond|ECONNREFUSED/);
}, 120_000);
