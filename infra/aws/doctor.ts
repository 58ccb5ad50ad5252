// What an account must have before unclip is deployed into it, asked of AWS.
import { GetAccountSettingsCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import {
  GetAWSDefaultServiceQuotaCommand,
  GetServiceQuotaCommand,
  NoSuchResourceException,
  type ServiceQuotasClient,
} from "@aws-sdk/client-service-quotas";
import { AssumeRoleCommand, GetCallerIdentityCommand, type STSClient } from "@aws-sdk/client-sts";

export type Finding = {
  /** What was looked at. */
  readonly what: string;
  /** A problem stops the deployment; a warning limits it. */
  readonly state: "ok" | "warning" | "problem";
  readonly found: string;
  /** What to do about it. */
  readonly advice?: string | undefined;
};

export type Account = {
  readonly sts: STSClient;
  readonly lambda: LambdaClient;
  readonly quotas: ServiceQuotasClient;
  readonly region: string;
};

export type RequiredQuotas = {
  /** Jobs drawn at once. */
  readonly workers: number;
  readonly gpu: boolean;
};

/** Beside the workers: gateway, sockets, fanout and what runs each minute. */
const SMALL_FUNCTIONS = 20;
const LAMBDA_QUOTA = "L-B99A9384";
/** "All G and VT Spot Instance Requests", in processors. */
const GPU_QUOTA = { service: "ec2", code: "L-3819A6DF" } as const;
/** Of the smallest machine that the GPU stack asks for. */
const GPU_MACHINE_PROCESSORS = 4;
/** The name of the roles that `cdk bootstrap` makes. */
const QUALIFIER = "hnb659fds";

/** Never rejects: what cannot be asked is a finding too. Without credentials nothing else is asked. */
export async function checkAccount(account: Account, wanted: RequiredQuotas): Promise<readonly Finding[]> {
  const who = await asked("credentials", () => identity(account));
  if (who.id === undefined) return [who.finding];
  const rest = [
    bootstrap(account, who.id),
    concurrency(account, wanted),
    ...(wanted.gpu ? [gpu(account, wanted)] : []),
  ];
  return [who.finding, ...(await Promise.all(rest))];
}

type Identity = { readonly finding: Finding; readonly id?: string | undefined };

async function identity({ sts, region }: Account): Promise<Identity> {
  const { Account: id, Arn } = await sts.send(new GetCallerIdentityCommand({}));
  return { finding: { what: "credentials", state: "ok", found: `${Arn} in ${region}` }, id };
}

async function asked(what: string, ask: () => Promise<Identity>): Promise<Identity> {
  return ask().catch((error: Error) => ({
    finding: {
      what,
      state: "problem" as const,
      found: error.message,
      advice: "sign in first (aws sso login, or AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)",
    },
  }));
}

async function bootstrap({ sts, region }: Account, id: string): Promise<Finding> {
  const what = "CDK's roles";
  const name = `cdk-${QUALIFIER}-deploy-role-${id}-${region}`;
  const partition = region.startsWith("cn-") ? "aws-cn" : region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
  const role = { RoleArn: `arn:${partition}:iam::${id}:role/${name}`, RoleSessionName: "unclip-doctor" };
  try {
    await sts.send(new AssumeRoleCommand(role));
    return { what, state: "ok", found: `${name} can be taken on` };
  } catch (error) {
    // AWS says the same of a role that is not there and of one that is not for you.
    const advice = `npx cdk bootstrap aws://${id}/${region}, once; or ask for the right to take on that role`;
    return { what, state: "problem", found: `${name}: ${(error as Error).message}`, advice };
  }
}

async function concurrency({ lambda }: Account, { workers, gpu: elsewhere }: RequiredQuotas): Promise<Finding> {
  const what = "Lambda at once";
  try {
    const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}));
    const limit = AccountLimit?.ConcurrentExecutions ?? 0;
    const needs = SMALL_FUNCTIONS + (elsewhere ? 0 : workers);
    if (limit >= needs) return { what, state: "ok", found: `${limit} functions, ${needs} are wanted` };
    const advice = `ask for more: aws service-quotas request-service-quota-increase --service-code lambda --quota-code ${LAMBDA_QUOTA} --desired-value 1000`;
    return { what, state: "warning", found: `${limit} functions, and ${needs} are wanted`, advice };
  } catch (error) {
    return unknown(what, error);
  }
}

async function gpu({ quotas }: Account, { workers }: RequiredQuotas): Promise<Finding> {
  const what = "GPU machines on Spot";
  const quota = { ServiceCode: GPU_QUOTA.service, QuotaCode: GPU_QUOTA.code };
  try {
    const { Quota } = await quotas.send(new GetServiceQuotaCommand(quota)).catch((error: Error) => {
      // An account whose quota was never changed may have no value of its own.
      if (!(error instanceof NoSuchResourceException)) throw error;
      return quotas.send(new GetAWSDefaultServiceQuotaCommand(quota));
    });
    const machines = Math.floor((Quota?.Value ?? 0) / GPU_MACHINE_PROCESSORS);
    const found = `${Quota?.Value ?? 0} processors of G and VT machines: ${machines} at once, and ${workers} are wanted`;
    if (machines >= workers) return { what, state: "ok", found };
    const advice = `ask for more, which takes a day or two: aws service-quotas request-service-quota-increase --service-code ${GPU_QUOTA.service} --quota-code ${GPU_QUOTA.code} --desired-value ${workers * GPU_MACHINE_PROCESSORS}`;
    return { what, state: machines === 0 ? "problem" : "warning", found, advice };
  } catch (error) {
    return unknown(what, error);
  }
}

function unknown(what: string, error: unknown): Finding {
  return { what, state: "warning", found: `could not be asked: ${(error as Error).message}` };
}
