// What the functions on AWS share, joined once a process: clients keep their connections from one call to the next.
import { dynamoClient } from "../../infra/aws/clients/dynamo.ts";
import { sqsClient } from "../../infra/aws/clients/sqs.ts";
import { awsJobStore } from "../../infra/aws/job-store.ts";
import { awsQueue } from "../../infra/aws/queue.ts";
import type { AwsSettings } from "../../infra/config/env.ts";
import { Jobs } from "../../infra/jobs/jobs.ts";
import { DAY_MS } from "../../infra/jobs/keys.ts";
import { type Blobs, systemClock as clock } from "../../infra/ports.ts";
import { lazyPort } from "../../infra/util/lazy-port.ts";
import { errorLogger, logTo, STDOUT } from "../log.ts";

/** Records and messages. Throws BadSetting, like all that reads settings. */
export function openServices({ table, queue: url, keptDays, logLevel }: AwsSettings) {
  const log = logTo(logLevel, STDOUT);
  const dynamo = dynamoClient();
  const sqs = sqsClient();
  const store = awsJobStore(dynamo, { table, keptMs: keptDays * DAY_MS });
  const queue = awsQueue(sqs, url);
  const jobs = new Jobs({ store, queue, clock, trouble: errorLogger(log) });
  return { log, dynamo, sqs, table, store, queue, jobs };
}

export type Services = ReturnType<typeof openServices>;

/** Loaded at the first blob: a cold start of the gateway is shorter by it, and many of its calls need none. */
export function openBlobs({ bucket }: AwsSettings): Blobs {
  return lazyPort(async () => {
    const [{ awsBlobs }, { s3Client }] = await Promise.all([
      import("../../infra/aws/blobs.ts"),
      import("../../infra/aws/clients/s3.ts"),
    ]);
    return awsBlobs(s3Client(), bucket);
  });
}
