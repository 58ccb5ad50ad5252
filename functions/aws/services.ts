// Creates what all functions on AWS share, once per process, so that clients reuse their connections between calls.
import { dynamoClient } from "../../infra/aws/clients/dynamo.ts";
import { awsJobStore } from "../../infra/aws/job-store.ts";
import type { Post } from "../../infra/aws/post-to-connection.ts";
import type { Secrets } from "../../infra/aws/secrets.ts";
import type { AwsSettings } from "../../infra/config/env.ts";
import { Jobs } from "../../infra/jobs/jobs.ts";
import { DAY_MS } from "../../infra/jobs/keys.ts";
import { type Blobs, systemClock as clock, type Queue } from "../../infra/ports.ts";
import { lazyPort } from "../../infra/util/lazy-port.ts";
import { memoizeAsync } from "../../infra/util/memoize-async.ts";
import { createErrorLogger, createLogger, STDOUT } from "../log.ts";

/** Throws ConfigError, as everything that reads settings. */
export function openServices({ table, queue: url, keptDays, logLevel }: AwsSettings) {
  const log = createLogger(logLevel, STDOUT);
  const dynamo = dynamoClient();
  const onError = createErrorLogger(log);
  const store = awsJobStore(dynamo, { table, retentionMs: keptDays * DAY_MS, report: onError });
  const queue = openQueue(url);
  const jobs = new Jobs({ store, queue, clock, onError });
  return { log, dynamo, table, store, queue, jobs };
}

const sqs = memoizeAsync(async () => (await import("../../infra/aws/clients/sqs.ts")).sqsClient());

/** Loaded at the first message, like blobs at their first use: a cold start is shorter, and many calls need neither. */
export function openQueue(url: string): Queue {
  return lazyPort(async () => {
    const [{ awsQueue }, client] = await Promise.all([import("../../infra/aws/queue.ts"), sqs()]);
    return awsQueue(client, url);
  });
}

/** Loaded at the first message to a WebSocket. */
export function openPost(settings: AwsSettings): Post {
  return lazyPort(async () => {
    const [{ postToConnection }, { socketsClient }] = await Promise.all([
      import("../../infra/aws/post-to-connection.ts"),
      import("../../infra/aws/clients/sockets.ts"),
    ]);
    return postToConnection(socketsClient(settings.sockets));
  });
}

export function openBlobs(settings: AwsSettings): Blobs {
  const { signGet } = lazyPort<Pick<Blobs, "signGet">>(() => openUrls(settings));
  return lazyPort(
    async () => {
      const [{ awsBlobs }, { s3Client }] = await Promise.all([
        import("../../infra/aws/blobs.ts"),
        import("../../infra/aws/clients/s3.ts"),
      ]);
      return awsBlobs(s3Client(), settings.bucket);
    },
    { signGet },
  );
}

/** URLs of CloudFront, or without it of S3. */
async function openUrls(settings: AwsSettings): Promise<Pick<Blobs, "signGet">> {
  const { pictures } = settings;
  if (pictures !== undefined) {
    const { cloudFrontUrls } = await import("../../infra/aws/cloudfront-urls.ts");
    const secrets = openSecrets(settings);
    const privateKey = async () => (await secrets()).pictureKey(pictures.generation);
    return { signGet: cloudFrontUrls({ ...pictures, privateKey, clock }) };
  }
  const [{ s3Urls }, { sessionSigner }, { s3Client: openClient }, { stsClient }] = await Promise.all([
    import("../../infra/aws/s3-urls.ts"),
    import("../../infra/aws/session-signer.ts"),
    import("../../infra/aws/clients/s3.ts"),
    import("../../infra/aws/clients/sts.ts"),
  ]);
  const signer = sessionSigner({ sts: stsClient(), role: settings.reader, clock, openClient });
  return { signGet: s3Urls(settings.bucket, signer) };
}

type ReadSecrets = () => Promise<Secrets>;
const readers = new Map<string, ReadSecrets>();

/** Reads the deployment's secrets when one is first needed, once for all that need them. */
export function openSecrets({ secret: id }: AwsSettings): ReadSecrets {
  const opened = readers.get(id) ?? readSecretsOf(id);
  readers.set(id, opened);
  return opened;
}

function readSecretsOf(id: string): ReadSecrets {
  const load = memoizeAsync(async () => {
    const [{ awsSecrets }, { secretsClient }] = await Promise.all([
      import("../../infra/aws/secrets.ts"),
      import("../../infra/aws/clients/secrets.ts"),
    ]);
    return awsSecrets(secretsClient(), id);
  });
  return async () => (await load())();
}
