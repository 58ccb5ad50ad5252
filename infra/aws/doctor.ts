// Checks whether an AWS account has what a deployment of unclip needs.
import { GetAccountSettingsCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import {
  GetAWSDefaultServiceQuotaCommand,
  GetServiceQuotaCommand,
  NoSuchResourceException,
  type ServiceQuotasClient,
} from "@aws-sdk/client-service-quotas";
import { AssumeRoleCommand, GetCallerIdentityCommand, type STSClient } from "@aws-sdk/client-sts";
import { checkFailed, type Finding } from "./finding.ts";
import { checkKeyPolicy, checkZones, type Requirements } from "./requirements.ts";

type Account = {
  readonly sts: STSClient;
  readonly lambda: LambdaClient;
  readonly quotas: ServiceQuotasClient;
  /** Number of the account's distributions of CloudFront. */
  readonly countDistributions: () => Promise<number>;
} & Requirements;

export type RequiredQuotas = {
  /** Maximum number of jobs that run at the same time. */
  readonly workers: number;
  readonly gpu: boolean;
  /** Availability zones with GPU machines. */
  readonly zones: number;
  /** ARN of a customer managed key. */
  readonly key?: string | undefined;
};

/** Concurrent functions beside the workers: API, sockets, fanout and the scheduled ones. */
const SMALL_FUNCTIONS = 20;
const LAMBDA_QUOTA = "L-B99A9384";
/** "All G and VT Spot Instance Requests", counted in vCPUs. */
const GPU_QUOTA = { service: "ec2", code: "L-3819A6DF" } as const;
/** vCPUs of the smallest machine that the GPU stack uses. */
const GPU_MACHINE_PROCESSORS = 4;
/** Part of the names of the roles that `cdk bootstrap` creates. */
const QUALIFIER = "hnb659fds";

/** Never rejects: a check that fails is a finding too. Without credentials nothing else is checked. */
export async function checkAccount(account: Account, wanted: RequiredQuotas): Promise<readonly Finding[]> {
  if (OTHER_PARTITIONS.test(account.region)) {
    const advice = "set AWS_REGION to a region outside of China, GovCloud and other partitions";
    return [{ subject: "region", state: "problem", found: `${account.region} is not supported`, advice }];
  }
  const identity = await checkIdentity(account);
  if (identity.id === undefined) return [identity.finding];
  const rest = [
    bootstrap(account, identity.id),
    concurrency(account, wanted),
    ...(wanted.gpu ? [gpu(account, wanted), checkZones(account, wanted.zones)] : []),
    ...(wanted.key === undefined ? [] : [checkKeyPolicy(account, identity.id, wanted.key)]),
    cloudFront(account),
  ];
  return [identity.finding, ...(await Promise.all(rest))];
}

/** Other partitions have other endpoints, no CloudFront, or other names in ARNs. */
const OTHER_PARTITIONS = /^(cn|us-gov|us-iso\w*|eu-isoe|eusc)-/;

type Identity = { readonly finding: Finding; readonly id?: string | undefined };

async function checkIdentity({ sts, region }: Account): Promise<Identity> {
  const subject = "credentials";
  try {
    const { Account: id, Arn } = await sts.send(new GetCallerIdentityCommand({}));
    return { finding: { subject, state: "ok", found: `${Arn} in ${region}` }, id };
  } catch (error) {
    const advice = "sign in first (aws sso login, or AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)";
    return { finding: { subject, state: "problem", found: (error as Error).message, advice } };
  }
}

async function bootstrap({ sts, region }: Account, id: string): Promise<Finding> {
  const subject = "CDK bootstrap roles";
  const name = `cdk-${QUALIFIER}-deploy-role-${id}-${region}`;
  const role = { RoleArn: `arn:aws:iam::${id}:role/${name}`, RoleSessionName: "unclip-doctor" };
  try {
    await sts.send(new AssumeRoleCommand(role));
    return { subject, state: "ok", found: `${name} can be assumed` };
  } catch (error) {
    // AWS answers the same for a role that does not exist and for one that may not be assumed.
    const advice = `npx cdk bootstrap aws://${id}/${region}, once; or ask for permission to assume that role`;
    return { subject, state: "problem", found: `${name}: ${(error as Error).message}`, advice };
  }
}

async function concurrency({ lambda }: Account, { workers, gpu: elsewhere }: RequiredQuotas): Promise<Finding> {
  const subject = "Lambda concurrency";
  try {
    const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}));
    const limit = AccountLimit?.ConcurrentExecutions ?? 0;
    const needs = SMALL_FUNCTIONS + (elsewhere ? 0 : workers);
    if (limit >= needs) return { subject, state: "ok", found: `${limit} concurrent functions; ${needs} are needed` };
    const advice = `request an increase: aws service-quotas request-service-quota-increase --service-code lambda --quota-code ${LAMBDA_QUOTA} --desired-value 1000`;
    return { subject, state: "warning", found: `${limit} concurrent functions; ${needs} are needed`, advice };
  } catch (error) {
    return checkFailed(subject, error);
  }
}

async function gpu({ quotas }: Account, { workers }: RequiredQuotas): Promise<Finding> {
  const subject = "GPU Spot quota";
  const quota = { ServiceCode: GPU_QUOTA.service, QuotaCode: GPU_QUOTA.code };
  try {
    const { Quota } = await quotas.send(new GetServiceQuotaCommand(quota)).catch((error: Error) => {
      // An account whose quota was never changed may have no value of its own, only the default.
      if (!(error instanceof NoSuchResourceException)) throw error;
      return quotas.send(new GetAWSDefaultServiceQuotaCommand(quota));
    });
    const machines = Math.floor((Quota?.Value ?? 0) / GPU_MACHINE_PROCESSORS);
    const found = `${Quota?.Value ?? 0} vCPUs of G and VT machines: enough for ${machines}; ${workers} are needed`;
    if (machines >= workers) return { subject, state: "ok", found };
    const advice = `request an increase, which takes a day or two: aws service-quotas request-service-quota-increase --service-code ${GPU_QUOTA.service} --quota-code ${GPU_QUOTA.code} --desired-value ${workers * GPU_MACHINE_PROCESSORS}`;
    return { subject, state: machines === 0 ? "problem" : "warning", found, advice };
  } catch (error) {
    return checkFailed(subject, error);
  }
}

/** AWS refuses CloudFront to some new accounts and says so only when a distribution is created. */
async function cloudFront({ countDistributions }: Account): Promise<Finding> {
  const subject = "CloudFront";
  try {
    if ((await countDistributions()) > 0) return { subject, state: "ok", found: "the account has distributions" };
    const advice =
      'if the deployment ends with "Your account must be verified", ask AWS support, or deploy with -c unclip:front=off';
    return {
      subject,
      state: "warning",
      found: "no distribution yet: AWS may refuse the first one of an account",
      advice,
    };
  } catch (error) {
    return checkFailed(subject, error);
  }
}
