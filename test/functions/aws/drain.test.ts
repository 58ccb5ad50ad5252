// The worker on Batch: as a function in memory, and as the process that it is, on moto with the tiny bundle.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { describe, expect, onTestFinished, test } from "vitest";
import { drain } from "../../../functions/aws/drain-handler.ts";
import { spotNotice } from "../../../functions/aws/spot.ts";
import { awsBlobs } from "../../../infra/aws/blobs.ts";
import { awsJobStore } from "../../../infra/aws/job-store.ts";
import { awsQueue } from "../../../infra/aws/queue.ts";
import type { JobRecord } from "../../../infra/jobs/job.ts";
import { Jobs } from "../../../infra/jobs/jobs.ts";
import { systemClock as clock } from "../../../infra/ports.ts";
import { startMetadata } from "../../support/aws/instance-metadata.ts";
import { silent } from "../../support/aws/lambda-events.ts";
import { CREDENTIALS } from "../../support/aws/moto-clients.ts";
import { dynamo, moto, newBucket, newQueue, newTable, onMoto, s3, sqs } from "../../support/aws/moto-resources.ts";
import { quickEngine } from "../../support/aws/quick-engine.ts";
import { generate, submitOptions } from "../../support/jobs/builders.ts";
import { InMemoryService } from "../../support/jobs/in-memory-service.ts";
import { fakeTime, until } from "../../support/jobs/time.ts";

describe("the Spot interruption notice", () => {
  test("is received even after the metadata token has expired", async () => {
    const { url, requests, notify, expire } = await startMetadata();
    const notified = spotNotice(url, new AbortController().signal, 1);
    await expect.poll(() => requests.filter((line) => line.startsWith("GET")).length).toBeGreaterThan(2);
    expire();
    await expect.poll(() => requests.filter((line) => line.startsWith("PUT")).length).toBe(2);
    notify();
    await notified;
    expect(requests.at(-1)).toBe("GET /latest/meta-data/spot/instance-action");
  });

  test("is no longer awaited once the worker ends, or where no metadata service answers", async () => {
    const { url } = await startMetadata();
    for (const place of [url, "http://127.0.0.1:1"]) {
      const end = new AbortController();
      const notified = spotNotice(place, end.signal, 60_000);
      end.abort();
      await notified;
    }
  });
});

describe("a worker on Batch", () => {
  fakeTime();

  test("handles all jobs, and ends after its idle time", async () => {
    const service = new InMemoryService();
    const ids = [await service.submit(), await service.submit()];
    let ended = false;
    const metadata = "http://127.0.0.1:1";
    const options = { ...service.ports, jobs: service.jobs, engine: quickEngine(), name: "batch/1", log: silent };
    const drained = drain({ ...options, idleSeconds: 300, metadata, stop: new AbortController() }).then(() => {
      ended = true;
    });
    const began = Date.now();
    await until(() => ended, 400_000, 1_000);
    await drained;
    expect(ids.map((id) => service.job(id).status)).toEqual(["SUCCEEDED", "SUCCEEDED"]);
    expect(Date.now() - began).toBeGreaterThanOrEqual(300_000);
  });
});

/** So long that only an abort ends it. */
const LONG = generate({ count: 16, steps: 250, preset: "best", size: 64 });
const SHORT = generate({ count: 1, size: 64 });

async function deployment(environment: Readonly<Record<string, string>> = {}) {
  const [table, queueUrl, bucket] = await Promise.all([newTable(), newQueue(), newBucket()]);
  const store = awsJobStore(dynamo, { table, retentionMs: 86_400_000 });
  const queue = awsQueue(sqs, queueUrl);
  const jobs = new Jobs({ store, queue, clock });
  const log: Record<string, unknown>[] = [];
  let child: ChildProcess | undefined;
  onTestFinished(() => void child?.kill("SIGKILL"));
  return {
    queue,
    log,
    blobs: awsBlobs(s3, bucket),
    submit: async (request: JobRecord["request"]): Promise<string> => {
      const submitted = await jobs.submit(submitOptions({ request }));
      await jobs.settled();
      if (submitted.type !== "ACCEPTED") throw new Error(submitted.type);
      return submitted.job.id;
    },
    job: async (id: string) => (await store.get(id))!,
    /** The process, as the container starts it. */
    start: () => {
      const env = {
        ...process.env,
        AWS_ENDPOINT_URL: moto!,
        AWS_REGION: "us-east-1",
        AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
        AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
        AWS_EC2_METADATA_SERVICE_ENDPOINT: "http://127.0.0.1:1",
        UNCLIP_TABLE: table,
        UNCLIP_QUEUE: queueUrl,
        UNCLIP_BUCKET: bucket,
        UNCLIP_BUNDLE: "test/bundles/tiny",
        ...environment,
      };
      child = spawn(process.execPath, ["--import", "tsx", "functions/aws/drain.ts"], {
        env,
        stdio: ["ignore", "pipe", "inherit"],
      });
      createInterface(child.stdout!).on("line", (line) => log.push(JSON.parse(line)));
      return child;
    },
  };
}

/** Until the job runs, and some of it is drawn. */
const running = ({ job }: Pick<Awaited<ReturnType<typeof deployment>>, "job">, id: string) =>
  expect
    .poll(async () => (await job(id)).events.some(({ type }) => type === "PROGRESS"), { timeout: 60_000 })
    .toBe(true);

onMoto("the process", () => {
  test("draws with a real engine, and exits when its queue is empty", { timeout: 120_000 }, async () => {
    const place = await deployment({ UNCLIP_IDLE_SECONDS: "1" });
    const id = await place.submit(SHORT);
    const [code] = await once(place.start(), "exit");
    expect(code).toBe(0);
    const job = await place.job(id);
    expect(job).toMatchObject({ status: "SUCCEEDED", attempt: 1 });
    const { bytes } = (await place.blobs.get(job.drawn[0]!.key))!;
    expect(Buffer.from(bytes).subarray(1, 4).toString()).toBe("PNG");
    expect(await place.queue.depth()).toEqual({ ready: 0, hidden: 0 });
    expect(place.log.map(({ msg }) => msg)).toEqual(["worker started", "attempt ended", "worker ended"]);
    expect(place.log.at(-1)).toMatchObject({ reason: "idle" });
  });

  test("releases its job at SIGTERM", { timeout: 120_000 }, async () => {
    const place = await deployment();
    const id = await place.submit(LONG);
    const child = place.start();
    await running(place, id);
    child.kill("SIGTERM");
    const [code] = await once(child, "exit");
    expect(code).toBe(0);
    expect(await place.job(id)).toMatchObject({ status: "QUEUED", attempt: 1, failures: 0, lost: 0 });
    expect((await place.queue.depth()).ready).toBe(1);
  });

  test("releases its job at a Spot interruption notice", { timeout: 120_000 }, async () => {
    const { url, notify } = await startMetadata();
    const place = await deployment({ AWS_EC2_METADATA_SERVICE_ENDPOINT: url });
    const id = await place.submit(LONG);
    const child = place.start();
    await running(place, id);
    notify();
    const [code] = await once(child, "exit");
    expect(code).toBe(0);
    expect((await place.job(id)).events.at(-1)?.type).toBe("RELEASED");
    expect(place.log.map(({ msg }) => msg)).toContain("Spot interruption notice received");
  });

  test("logs why it cannot start", { timeout: 120_000 }, async () => {
    const place = await deployment({ UNCLIP_BUNDLE: "test/bundles/none" });
    const [code] = await once(place.start(), "exit");
    expect(code).toBe(1);
    expect(place.log).toMatchObject([{ level: 60, err: { message: expect.stringContaining("test/bundles/none") } }]);
  });
});
