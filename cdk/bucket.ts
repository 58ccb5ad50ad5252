// Two buckets: one for uploads, stage results, previews and pictures, whose ages infra/jobs/keys.ts defines; one for logs.
import { Duration, RemovalPolicy } from "aws-cdk-lib";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { BlockPublicAccess, Bucket, BucketEncryption, HttpMethods, ObjectOwnership } from "aws-cdk-lib/aws-s3";
import type { Construct } from "constructs";
import { PREFIXES, RETENTION_DAYS } from "../infra/jobs/keys.ts";
import { acknowledge } from "./acknowledge.ts";
import { pageOrigins } from "./page-origins.ts";
import type { Settings } from "./settings.ts";

const LOG_DAYS = 90;

const PRIVATE = { blockPublicAccess: BlockPublicAccess.BLOCK_ALL, enforceSSL: true, minimumTLSVersion: 1.2 } as const;
const UNFINISHED = { id: "unfinished", abortIncompleteMultipartUploadAfter: Duration.days(1) } as const;

/** Receives the access logs of CloudFront and S3, which cannot write with a customer managed key. */
export function makeLogBucket(scope: Construct, { retainData }: Settings): Bucket {
  const logs = new Bucket(scope, "Logs", {
    ...PRIVATE,
    encryption: BucketEncryption.S3_MANAGED,
    // CloudFront delivers its logs by access control list.
    objectOwnership: ObjectOwnership.BUCKET_OWNER_PREFERRED,
    lifecycleRules: [{ id: "old", expiration: Duration.days(LOG_DAYS) }, UNFINISHED],
    removalPolicy: retainData ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
  });
  acknowledge(logs, { S1: "This bucket holds the access logs: logging into itself would never end." });
  return logs;
}

export function makeBucket(scope: Construct, settings: Settings, key: IKey | undefined, logs: Bucket): Bucket {
  const { retainData } = settings;
  return new Bucket(scope, "Bucket", {
    ...PRIVATE,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    // With a customer managed key, a bucket key avoids most calls to KMS.
    ...(key
      ? { encryption: BucketEncryption.KMS, encryptionKey: key, bucketKeyEnabled: true }
      : { encryption: BucketEncryption.S3_MANAGED }),
    serverAccessLogsBucket: logs,
    serverAccessLogsPrefix: "s3/",
    lifecycleRules: [
      ...Object.entries(RETENTION_DAYS).map(([name, days]) => ({
        id: name,
        prefix: PREFIXES[name as keyof typeof PREFIXES],
        expiration: Duration.days(days),
      })),
      UNFINISHED,
    ],
    cors: [
      {
        allowedOrigins: [...pageOrigins(scope, settings)],
        allowedMethods: [HttpMethods.POST, HttpMethods.GET, HttpMethods.HEAD],
        allowedHeaders: ["*"],
        exposedHeaders: ["ETag", "Content-Length"],
        maxAge: 3_600,
      },
    ],
    removalPolicy: retainData ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
  });
}
