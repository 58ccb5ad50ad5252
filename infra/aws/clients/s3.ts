import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import { longPoll, timeout } from "./timeouts.ts";

/** Long enough for some megabytes. */
export function s3Client(config: S3ClientConfig = {}): S3Client {
  return new S3Client({ ...longPoll, requestHandler: timeout(30_000), ...config });
}
