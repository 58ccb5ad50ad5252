// What is deployed on ARM, on an emulated ARM processor: the function that answers queries, and the worker with
// unclip:architecture=arm64. They compute the same; how fast they are there, an emulator cannot tell.
import { execFile } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { buildImage, buildLambdas } from "../../cdk/build-lambdas.ts";
import { readBundleInfo } from "../../cdk/bundle-info.ts";
import { mintKey } from "../../infra/auth/api-keys.ts";
import { awsBlobs } from "../../infra/aws/blobs.ts";
import { awsJobStore } from "../../infra/aws/job-store.ts";
import { awsKeyStore } from "../../infra/aws/key-store.ts";
import { awsQueue } from "../../infra/aws/queue.ts";
import { Jobs } from "../../infra/jobs/jobs.ts";
import { systemClock as clock } from "../../infra/ports.ts";
import { httpEvent, sqsEvent } from "../support/aws/lambda-events.ts";
import { CREDENTIALS } from "../support/aws/moto-clients.ts";
import { dynamo, moto, newBucket, newQueue, newTable, onMoto, s3, sqs } from "../support/aws/moto-resources.ts";
import { ROOT } from "../support/cdk/synth.ts";
import { AS_ROOT } from "../support/image/build.ts";
import { generate, submitOptions } from "../support/jobs/builders.ts";

const exec = promisify(execFile);
const SUPPORT = path.join(ROOT, "test/support/image");
const TINY = path.join(ROOT, "test/bundles/tiny");
const emulated = mkdtempSync(path.join(tmpdir(), "unclip-arm64-"));

/** Calls a handler on ARM, and returns what it answers. */
async function invoke(file: string, event: unknown, environment: object) {
  const command = [...AS_ROOT, path.join(SUPPORT, "arm64.sh"), emulated, path.join(SUPPORT, "invoke.mjs")];
  const env = {
    PATH: process.env.PATH,
    NODE_ENV: "production",
    ORT_DISABLE_TELEMETRY: "1",
    AWS_ENDPOINT_URL: moto!,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    ...environment,
  };
  const words = [...command.slice(1), file, JSON.stringify(event)];
  const { stdout } = await exec(command[0]!, words, { env, maxBuffer: 2 ** 24 });
  return JSON.parse(stdout.trim().split("\n").at(-1)!);
}

onMoto("on ARM", () => {
  test("the API answers a query for a caller with a key", async () => {
    const code = mkdtempSync(path.join(tmpdir(), "unclip-lambdas-"));
    await buildLambdas(ROOT, code);
    const { key, secret } = mintKey({ name: "app", owner: "ada", quota: 9 }, 0);
    const table = await newTable();
    await awsKeyStore(dynamo, table).add(key);
    const event = httpEvent({ query: "{ viewer { owner } }", headers: { authorization: `Bearer ${secret}` } });
    const { statusCode, body } = await invoke(path.join(code, "graphql/graphql.mjs"), event, {
      UNCLIP_TABLE: table,
      UNCLIP_BUCKET: "none",
      UNCLIP_QUEUE: `${moto}/none`,
      UNCLIP_SECRET: "none",
      UNCLIP_EMBEDDER: "none",
      UNCLIP_MODEL: readBundleInfo(TINY).info,
    });
    expect([statusCode, JSON.parse(body)]).toEqual([200, { data: { viewer: { owner: "ada" } } }]);
  });

  test("the worker draws a picture", async () => {
    const image = mkdtempSync(path.join(tmpdir(), "unclip-image-"));
    await buildImage(ROOT, image);
    // The Dockerfile's step for this architecture.
    await exec("npm", ["ci", "--omit=dev", "--ignore-scripts", "--os=linux", "--cpu=arm64", "--libc=glibc"], {
      cwd: image,
    });
    const [table, queueUrl, bucket] = await Promise.all([newTable(), newQueue(), newBucket()]);
    const store = awsJobStore(dynamo, { table, retentionMs: 86_400_000 });
    const jobs = new Jobs({ store, queue: awsQueue(sqs, queueUrl), clock });
    const submitted = await jobs.submit(submitOptions({ request: generate({ count: 1, size: 64 }) }));
    if (submitted.type !== "ACCEPTED") throw new Error(submitted.type);
    const { id } = submitted.job;
    const answer = await invoke(path.join(image, "draw.js"), sqsEvent(id), {
      UNCLIP_TABLE: table,
      UNCLIP_QUEUE: queueUrl,
      UNCLIP_BUCKET: bucket,
      UNCLIP_BUNDLE: TINY,
      UNCLIP_PROVIDER: "cpu",
    });
    expect(answer).toEqual({ batchItemFailures: [] });
    const job = (await store.get(id))!;
    expect(job).toMatchObject({ status: "SUCCEEDED", attempt: 1 });
    const { bytes } = (await awsBlobs(s3, bucket).get(job.drawn[0]!.key))!;
    expect(Buffer.from(bytes).subarray(1, 4).toString()).toBe("PNG");
  });
});
