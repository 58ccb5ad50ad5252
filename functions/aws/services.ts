// Creates what all functions on AWS share, once per process, so that clients reuse their connections between calls.
import { dynamoClient } from "../../infra/aws/clients/dynamo.ts";
import { sqsClient } from "../../infra/aws/clients/sqs.ts";
import { awsJobStore } from "../../infra/aws/job-store.ts";
import { awsQueue } from "../../infra/aws/queue.ts";
import type { AwsSettings } from "../../infra/config/env.ts";
import { Jobs } from "../../infra/jobs/jobs.ts";
import { DAY_MS } from "../../infra/jobs/keys.ts";
import { type Blobs, systemClock as clock } from "../../infra/ports.ts";
import { lazyPort } from "../../infra/util/lazy-port.ts";
import { createErrorLogger, createLogger, STDOUT } from "../log.ts";

/** Throws ConfigError, as everything that reads settings. */
export function openServices({ table, queue: url, keptDays, logLevel }: AwsSettings) {
  const log = createLogger(logLevel, STDOUT);
  const dynamo = dynamoClient();
  const sqs = sqsClient();
  const onError = createErrorLogger(log);
  const store = awsJobStore(dynamo, { table, retentionMs: keptDays * DAY_MS, report: onError });
  const queue = awsQueue(sqs, url);
  const jobs = new Jobs({ store, queue, clock, onError });
  return { log, dynamo, sqs, table, store, queue, jobs };
}

/** Loaded at the first use: it makes a cold start shorter, and many calls need no blobs. */
export function openBlobs({ bucket }: AwsSettings): Blobs {
  return lazyPort(async () => {
    const [{ awsBlobs }, { s3Client }] = await Promise.all([
      import("../../infra/aws/blobs.ts"),
      import("../../infra/aws/clients/s3.ts"),
    ]);
    return awsBlobs(s3Client(), bucket);
  });
}
