// What an operator does in an AWS account. Region and credentials are those of the AWS command line.

import type { KeyStore } from "../../infra/auth/api-keys.ts";
import { awsBlobs } from "../../infra/aws/blobs.ts";
import { countDistributions } from "../../infra/aws/clients/cloudfront.ts";
import { dynamoClient } from "../../infra/aws/clients/dynamo.ts";
import { readKeyPolicy } from "../../infra/aws/clients/kms.ts";
import { lambdaClient } from "../../infra/aws/clients/lambda.ts";
import { queryClient } from "../../infra/aws/clients/query.ts";
import { s3Client } from "../../infra/aws/clients/s3.ts";
import { quotasClient } from "../../infra/aws/clients/service-quotas.ts";
import { stsClient } from "../../infra/aws/clients/sts.ts";
import { checkAccount, type RequiredQuotas } from "../../infra/aws/doctor.ts";
import type { Finding } from "../../infra/aws/finding.ts";
import { awsJobStore } from "../../infra/aws/job-store.ts";
import { awsKeyStore } from "../../infra/aws/key-store.ts";
import { DAY_MS } from "../../infra/jobs/keys.ts";
import { systemClock } from "../../infra/ports.ts";

/** The API keys of a deployment, by the name of its table. */
export function openKeyStore(table: string): KeyStore {
  return awsKeyStore(dynamoClient(), table);
}

/** The jobs, blobs and keys of a deployment. */
export function openStores(table: string, bucket: string) {
  const dynamo = dynamoClient();
  // Records are changed only to be deleted, so it does not matter how long they would be kept.
  const store = awsJobStore(dynamo, { table, retentionMs: DAY_MS });
  return { store, blobs: awsBlobs(s3Client(), bucket), keys: awsKeyStore(dynamo, table), clock: systemClock };
}

/** Never rejects. */
export async function examineAccount(required: RequiredQuotas): Promise<readonly Finding[]> {
  const sts = stsClient();
  const region = await sts.config.region().catch(() => undefined);
  if (region === undefined) {
    const advice = "set AWS_REGION, or a region in your profile: aws configure";
    return [{ subject: "region", state: "problem", found: "none is set", advice }];
  }
  const clients = { sts, lambda: lambdaClient(), quotas: quotasClient(), ec2: queryClient("ec2", "2016-11-15") };
  return checkAccount({ ...clients, countDistributions, readKeyPolicy, region }, required);
}
