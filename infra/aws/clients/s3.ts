import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import { retries, timeout } from "./timeouts.ts";

/** The timeout allows for several megabytes. */
export function s3Client(config: S3ClientConfig = {}): S3Client {
  return new S3Client({ ...retries, requestHandler: timeout(30_000), ...config });
}
