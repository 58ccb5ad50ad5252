// What `cdk deploy --outputs-file` writes -> --deployment NAME, on moto.
import { execFile } from "node:child_process";
import { readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { beforeEach, describe, expect, it, onTestFinished, test, vi } from "vitest";
import { parseOutputs } from "../../../../functions/aws/cli/connect.ts";
import { run } from "../../../../functions/aws/cli/run.ts";
import { readDeployment } from "../../../../functions/cli/deployments.ts";
import { run as runUnclip } from "../../../../functions/cli/run.ts";
import { authenticateKey } from "../../../../infra/auth/api-keys.ts";
import { awsBlobs } from "../../../../infra/aws/blobs.ts";
import { awsJobStore } from "../../../../infra/aws/job-store.ts";
import { awsKeyStore } from "../../../../infra/aws/key-store.ts";
import { uploadKey } from "../../../../infra/jobs/keys.ts";
import { CREDENTIALS } from "../../../support/aws/moto-clients.ts";
import { dynamo, moto, newBucket, newTable, onMoto, s3 } from "../../../support/aws/moto-resources.ts";
import { emptyFolder } from "../../../support/cli/unclip.ts";
import { createRecord } from "../../../support/jobs/records.ts";

const API = { Url: "https://d1.cloudfront.net/graphql", SocketUrl: "wss://a1.execute-api/live", Other: "x" };

describe("outputs", () => {
  it("of this app's stacks are joined by the name of the deployment", () => {
    const stacks = { "two-api": API, "two-data": { TableName: "T", JobsUrl: "https://sqs/J" }, Other: { Url: "u" } };
    const { Other: _, ...known } = API;
    expect(Object.fromEntries(parseOutputs(stacks))).toEqual({ two: { ...known, TableName: "T" } });
  });

  it("of another app's stack are found under the construct's path", () => {
    const outputs = {
      UnclipApiUrl6A9F1C02: API.Url,
      UnclipApiStreamUrl0123ABCD: `${API.Url}/stream`,
      UnclipApiSocketUrl0123ABCD: API.SocketUrl,
      UnclipDataTableName0123ABCD: "T",
      ShopUrl: "https://shop.example.com",
    };
    const { Url, SocketUrl } = API;
    const StreamUrl = `${Url}/stream`;
    expect(Object.fromEntries(parseOutputs({ Shop: outputs }))).toEqual({
      Shop: { Url, StreamUrl, SocketUrl, TableName: "T" },
    });
  });
});

onMoto("unclip-aws connect", () => {
  let outputs: string;
  let table: string;
  let bucket: string;
  beforeEach(async () => {
    [table, bucket] = [await newTable(), await newBucket()];
    const folder = await emptyFolder(onTestFinished);
    const variables = {
      UNCLIP_DATA: path.join(folder, "data"),
      AWS_ENDPOINT_URL: moto,
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    };
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
    onTestFinished(() => void vi.unstubAllEnvs());
    outputs = path.join(folder, "outputs.json");
    await writeFile(outputs, JSON.stringify({ "two-api": API, "two-data": { TableName: table, BucketName: bucket } }));
  });
  const json = async (...argv: string[]) => JSON.parse((await run([...argv, "--json"])).text);

  test("creates a key once, which only this user can read, and another one after it was revoked", async () => {
    const [first] = (await json("connect", outputs)).deployments;
    expect(first).toMatchObject({ name: "two", created: true });
    expect((await stat(first.file)).mode & 0o777).toBe(0o600);
    expect((await json("connect", outputs)).deployments).toMatchObject([{ created: false }]);
    const { keys } = await json("keys", "list", "--deployment", "two");
    expect(keys).toMatchObject([{ name: "first key", owner: "first" }]);
    const { key } = readDeployment("two");
    expect(await authenticateKey(awsKeyStore(dynamo, table), `Bearer ${key}`)).toMatchObject({ id: keys[0].id });
    await run(["keys", "revoke", keys[0].id, "--deployment", "two"]);
    expect((await json("connect", outputs)).deployments).toMatchObject([{ created: true }]);
  });

  test("delete-owner deletes jobs, files and keys of the owner alone", async () => {
    await run(["connect", outputs]);
    const ada = await json("keys", "create", "ada", "--deployment", "two");
    const store = awsJobStore(dynamo, { table, retentionMs: 1 });
    const blobs = awsBlobs(s3, bucket);
    const [own, other] = [createRecord({ owner: "ada", id: "a" }), createRecord({ owner: "bob", id: "b" })];
    for (const record of [own, other]) await store.create(record);
    await blobs.put(uploadKey("ada", "one"), { bytes: Uint8Array.of(1), contentType: "image/png" });
    expect(await json("delete-owner", "ada", "--deployment", "two")).toEqual({ owner: "ada", jobs: 1, keys: 1 });
    expect(await store.get("a")).toBeUndefined();
    expect(await store.get("b")).toEqual(other);
    expect(await blobs.get(uploadKey("ada", "one"))).toBeUndefined();
    const { keys } = await json("keys", "list", "--deployment", "two");
    expect(keys.map(({ id }: { id: string }) => id)).not.toContain(ada.id);
  });

  test("npm run deploy passes settings to the CDK, and connects what it has deployed", async () => {
    const bin = await emptyFolder(onTestFinished);
    const script = 'echo "$@" >"$UNCLIP_DATA.args"; mkdir -p cdk.out; cp "$OUTPUTS" cdk.out/outputs.json';
    await writeFile(path.join(bin, "npx"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const env = { ...process.env, PATH: `${bin}:${process.env.PATH}`, OUTPUTS: outputs };
    const argv = ["--import", "tsx", "cdk/deploy.ts", "-c", "unclip:email=me@example.com"];
    const { stdout } = await promisify(execFile)(process.execPath, argv, { env });
    expect(stdout).toMatch(/^two: .*two\.json, with a new API key\n$/);
    expect(await readFile(`${process.env.UNCLIP_DATA}.args`, "utf8")).toBe(
      "cdk deploy --all --outputs-file cdk.out/outputs.json -c unclip:email=me@example.com\n",
    );
  }, 60_000);

  test("an unknown deployment is named, with the one that is meant", async () => {
    await run(["connect", outputs]);
    await expect(run(["keys", "list", "--deployment", "tow"])).rejects.toThrow("did you mean two?");
    const draw = (...argv: string[]) => runUnclip(["generate", "a", ...argv], new AbortController().signal);
    await expect(draw("--deployment", "nowhere")).rejects.toThrow('"unclip-aws connect FILE" adds one');
    await expect(draw("--deployment", "two", "--url", "http://a")).rejects.toThrow("cannot be used together");
    await expect(draw("--deployment", "two", "--threads", "2")).rejects.toThrow("cannot be used with --deployment");
  });
});
