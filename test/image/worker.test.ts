// The worker image as it is deployed: its Dockerfile built without a registry, and run by AWS's runtime interface client.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { awsBlobs } from "../../infra/aws/blobs.ts";
import { awsJobStore } from "../../infra/aws/job-store.ts";
import { awsQueue } from "../../infra/aws/queue.ts";
import { Jobs } from "../../infra/jobs/jobs.ts";
import { systemClock as clock } from "../../infra/ports.ts";
import { sqsEvent } from "../support/aws/lambda-events.ts";
import { CREDENTIALS } from "../support/aws/moto-clients.ts";
import { dynamo, moto, newBucket, newQueue, newTable, onMoto, s3, sqs } from "../support/aws/moto-resources.ts";
import { ROOT } from "../support/cdk/synth.ts";
import { buildWorkerImage, type Image, runIn, startOnLambda } from "../support/image/build.ts";
import { startRuntimeApi } from "../support/image/runtime-api.ts";
import { generate, submitOptions } from "../support/jobs/builders.ts";

/** MB, the default of unclip:memory. */
const MEMORY = 3_008;
/** The function's timeout. */
const TIMEOUT_MS = 900_000;

let image: Image;
beforeAll(async () => {
  image = await buildWorkerImage("cpu", "models/bundles/picto");
}, 3_600_000);

test("holds the code, the bundle and the packages with native code, and no others", () => {
  const task = path.join(image.root, "var/task");
  expect(readdirSync(task).filter((name) => !name.endsWith(".js"))).toEqual(["bundle", "node_modules", "package.json"]);
  expect(readdirSync(path.join(task, "bundle")).sort()).toEqual(
    readdirSync(path.join(ROOT, "models/bundles/picto")).sort(),
  );
  const lock = JSON.parse(readFileSync(path.join(ROOT, "functions/aws/image/package-lock.json"), "utf8"));
  const folders = readdirSync(path.join(task, "node_modules")).filter((name) => !name.startsWith("."));
  const packages = folders.flatMap((name) =>
    name.startsWith("@") ? readdirSync(path.join(task, "node_modules", name)).map((one) => `${name}/${one}`) : [name],
  );
  const locked = Object.keys(lock.packages).map((name) => name.replace("node_modules/", ""));
  expect(packages.filter((name) => !locked.includes(name))).toEqual([]);
  expect(packages).not.toContain("@img/sharp-linux-arm64");
  expect(readdirSync(path.join(task, "node_modules/onnxruntime-node/bin/napi-v6/linux"))).toEqual(["x64"]);
});

test("weighs what its code, bundle and native libraries weigh", async () => {
  const size = async (folder: string) =>
    Number((await runIn(image, "du", "--summarize", "--block-size=1MB", folder)).split("\t")[0]);
  expect(await size("/var/task/node_modules")).toBeLessThan(100);
  expect(await size("/var/task")).toBeLessThan(200);
});

test("runs as nobody in particular, with telemetry off", () => {
  expect(image.config).toMatchObject({ User: "1000:1000", Cmd: ["draw.handler"] });
  expect(image.config.Env).toContain("ORT_DISABLE_TELEMETRY=1");
});

onMoto("on Lambda", () => {
  test("draws a picture for a message of the queue", async () => {
    const [table, queueUrl, bucket] = await Promise.all([newTable(), newQueue(), newBucket()]);
    const store = awsJobStore(dynamo, { table, retentionMs: 86_400_000 });
    const jobs = new Jobs({ store, queue: awsQueue(sqs, queueUrl), clock });
    const request = generate({ prompt: "a red apple", count: 1, size: 256 });
    const submitted = await jobs.submit(submitOptions({ request }));
    if (submitted.type !== "ACCEPTED") throw new Error(submitted.type);
    const { id } = submitted.job;

    const api = await startRuntimeApi(sqsEvent(id), TIMEOUT_MS);
    onTestFinished(api.close);
    const lambda = startOnLambda(image, image.config.Cmd[0]!, MEMORY, {
      AWS_LAMBDA_RUNTIME_API: api.address,
      AWS_ENDPOINT_URL: moto!,
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
      UNCLIP_TABLE: table,
      UNCLIP_QUEUE: queueUrl,
      UNCLIP_BUCKET: bucket,
    });
    const outcome = await Promise.race([api.outcome, lambda.ended]);
    expect(outcome, lambda.log()).toEqual({ path: api.responsePath, body: { batchItemFailures: [] } });
    const job = (await store.get(id))!;
    expect(job, lambda.log()).toMatchObject({ status: "SUCCEEDED", attempt: 1 });
    const { bytes } = (await awsBlobs(s3, bucket).get(job.drawn[0]!.key))!;
    const png = Buffer.from(bytes);
    expect([png.subarray(1, 4).toString(), png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual(["PNG", 256, 256]);
    expect(lambda.log()).not.toMatch(/EROFS|EACCES|telemetry/i);
    // Lambda's user wrote nothing into the image.
    expect(existsSync(path.join(image.root, "var/task/.cache"))).toBe(false);
  });
});
