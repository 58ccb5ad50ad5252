import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import { patient, within } from "./timeouts.ts";

/** Long enough for some megabytes. */
export function s3Client(config: S3ClientConfig = {}): S3Client {
  return new S3Client({ ...patient, requestHandler: within(30_000), ...config });
}
