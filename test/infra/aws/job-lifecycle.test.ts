import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dynamoClient } from "../../../infra/aws/clients/dynamo.ts";
import { s3Client } from "../../../infra/aws/clients/s3.ts";
import { sqsClient } from "../../../infra/aws/clients/sqs.ts";
import {
  allWorkersEnded,
  type CallFault,
  type JobRun,
  runJob,
  shortenPauses,
} from "../../support/aws/job-lifecycle.ts";
import { slowMachine } from "../../support/aws/moto-clients.ts";
import { newBucket, onMoto, place } from "../../support/aws/moto-resources.ts";
import { LossyHttp } from "../../support/aws/stubbed-client.ts";

/** Lifecycles that run at the same time. */
const CONCURRENCY = 12;
const PATIENCE_MS = 300_000;

onMoto("a job's life on AWS", () => {
  let bucket: string;
  let fair: JobRun;
  beforeAll(async () => {
    bucket = await newBucket();
    fair = await runJob(bucket);
  });
  afterAll(allWorkersEnded);

  test("makes the expected calls when nothing fails", () => {
    expect(fair.job).toMatchObject({ attempt: 1, failures: 0, lost: 0 });
    expect(fair.errors).toEqual([]);
    const kinds = new Set(fair.calls.map((call) => call.slice(0, call.lastIndexOf(" "))));
    expect([...kinds].sort()).toEqual([
      ...["client queue.send", "client store.create", "client store.get", "client store.picturesInFlight"],
      ...["client store.replace", "worker blobs.get", "worker blobs.put", "worker queue.acknowledge"],
      ...["worker queue.receive", "worker store.get", "worker store.replace"],
    ]);
  });

  const LOSABLE: readonly [client: "dynamo" | "sqs" | "s3", operation: string, calls: readonly string[]][] = [
    ["dynamo", "PutItem", ["store.create", "store.replace"]],
    ["s3", "PutObject", ["blobs.put"]],
    ["sqs", "SendMessage", ["queue.send"]],
    ["sqs", "DeleteMessage", ["queue.acknowledge"]],
  ];

  test(
    "is not even disturbed by an answer that is lost on the wire",
    async () => {
      const losses = LOSABLE.flatMap(([client, operation, names]) => {
        const count = fair.calls.filter((call) => names.some((name) => call.includes(` ${name} `))).length;
        return Array.from({ length: count }, (_, i) => ({ client, operation, nth: i + 1 }));
      });
      expect(losses.length).toBeGreaterThan(10);
      const failed = await concurrency(losses, async ({ client, operation, nth }) => {
        const http = {
          dynamo: new LossyHttp(slowMachine),
          sqs: new LossyHttp(slowMachine),
          s3: new LossyHttp(slowMachine),
        };
        const clients = {
          dynamo: dynamoClient({ ...place, requestHandler: http.dynamo }),
          sqs: sqsClient({ ...place, requestHandler: http.sqs }),
          s3: s3Client({ ...place, requestHandler: http.s3, forcePathStyle: true }),
        };
        http[client].lose(operation, nth);
        const { job, errors } = await runJob(bucket, undefined, clients);
        expect(job).toMatchObject({ attempt: 1, failures: 0, lost: 0 });
        expect(errors).toEqual([]);
      });
      expect(failed).toEqual([]);
    },
    PATIENCE_MS,
  );

  describe("with one failing call", () => {
    beforeAll(shortenPauses);

    test.each([
      { how: "fails", when: "before" },
      { how: "fails", when: "after" },
      { how: "dies", when: "after" },
    ] as const)(
      "keeps every promise, whichever call $how $when it is carried out",
      async ({ how, when }) => {
        // A client that dies and comes back is one that asks again after a failure. To die before a call is to die after
        // the one before it. All polls but the first come after the job.
        const faults = fair.calls
          .filter((call) => how === "fails" || call.startsWith("worker"))
          .filter((call) => !/queue\.receive (?!1$)/.test(call))
          .map((call): CallFault => ({ call, how, when }));
        let befallen = 0;
        const failed = await concurrency(faults, async (fault) => {
          if ((await runJob(bucket, fault)).occurred) befallen++;
        });
        expect(failed).toEqual([]);
        expect(befallen).toBeGreaterThan(faults.length / 2);
      },
      PATIENCE_MS,
    );
  });
});

/** Acts on all of them; returns those that it failed for, with why. */
async function concurrency<Item>(items: readonly Item[], act: (item: Item) => Promise<void>): Promise<unknown[]> {
  const left = [...items];
  const failed: unknown[] = [];
  const next = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) {
      await act(item).catch((error: unknown) => failed.push([item, error]));
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, next));
  return failed;
}
