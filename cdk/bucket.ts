// Uploads, what stages made, previews and pictures, each for as long as infra/jobs/keys.ts says; and a place for logs.
import { Duration, RemovalPolicy } from "aws-cdk-lib";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { BlockPublicAccess, Bucket, BucketEncryption, HttpMethods, ObjectOwnership } from "aws-cdk-lib/aws-s3";
import type { Construct } from "constructs";
import { KEPT_DAYS, PREFIXES } from "../infra/jobs/keys.ts";
import { accept } from "./nag.ts";
import type { Settings } from "./settings.ts";

const LOGS_DAYS = 90;

const closed = { blockPublicAccess: BlockPublicAccess.BLOCK_ALL, enforceSSL: true, minimumTLSVersion: 1.2 } as const;
const unfinished = { id: "unfinished", abortIncompleteMultipartUploadAfter: Duration.days(1) } as const;

/** Where CloudFront and S3 write who asked for what. They cannot write with a customer's key. */
export function makeLogs(scope: Construct, { keepData }: Settings): Bucket {
  const logs = new Bucket(scope, "Logs", {
    ...closed,
    encryption: BucketEncryption.S3_MANAGED,
    // CloudFront still gives its logs away by access list.
    objectOwnership: ObjectOwnership.BUCKET_OWNER_PREFERRED,
    lifecycleRules: [{ id: "old", expiration: Duration.days(LOGS_DAYS) }, unfinished],
    removalPolicy: keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
  });
  accept(logs, { S1: "The logs' own bucket: logging into itself would never end." });
  return logs;
}

export function makeBucket(scope: Construct, settings: Settings, key: IKey | undefined, logs: Bucket): Bucket {
  const { cors, keepData } = settings;
  return new Bucket(scope, "Bucket", {
    ...closed,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    // With a customer's key, a key of the bucket's own saves most of the calls to KMS.
    ...(key
      ? { encryption: BucketEncryption.KMS, encryptionKey: key, bucketKeyEnabled: true }
      : { encryption: BucketEncryption.S3_MANAGED }),
    serverAccessLogsBucket: logs,
    serverAccessLogsPrefix: "s3/",
    lifecycleRules: [
      ...Object.entries(KEPT_DAYS).map(([name, days]) => ({
        id: name,
        prefix: PREFIXES[name as keyof typeof PREFIXES],
        expiration: Duration.days(days),
      })),
      unfinished,
    ],
    ...(cors.length > 0 && {
      cors: [
        {
          allowedOrigins: [...cors],
          allowedMethods: [HttpMethods.POST, HttpMethods.GET, HttpMethods.HEAD],
          allowedHeaders: ["*"],
          maxAge: 3_600,
        },
      ],
    }),
    removalPolicy: keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
  });
}
