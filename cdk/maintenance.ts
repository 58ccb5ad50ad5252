// What runs beside the requests: the sweeper, the webhooks, what jobs leave behind that died.
import { Duration, Stack, type StackProps } from "aws-cdk-lib";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import { CfnEventSourceMapping } from "aws-cdk-lib/aws-lambda";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { FIVE_MINUTES } from "./alarms.ts";
import { type Deployment, jobsEnvironment, toEnvironment } from "./deployment.ts";
import { type ServiceFunction, zipFunction } from "./function.ts";

/** Webhooks that are posted at the same time. */
const WEBHOOKS_AT_A_TIME = 10;

export class Maintenance extends Stack {
  readonly functions: readonly ServiceFunction[];

  constructor(scope: Construct, id: string, deployment: Deployment, props: StackProps) {
    super(scope, id, props);
    const { data, alarms } = deployment;
    const { jobs, jobsDead, webhooks } = data.queues;
    const common = jobsEnvironment(deployment);

    const sweeper = zipFunction(this, "sweeper", deployment, {
      ...common,
      ...toEnvironment({ webhookQueue: webhooks.queueUrl }),
    });
    sweeper.may.jobs().lists().sends(jobs).sends(webhooks);
    eachMinute(sweeper);

    const deadLetter = zipFunction(this, "dead-letter", deployment, common);
    deadLetter.may.jobs().takes(jobsDead);
    polls(deadLetter, jobsDead, 10);
    alarms.add(deadLetter, "Died", {
      section: "jobs-died",
      says: "Jobs were given up after their messages had been delivered too often.",
      metric: deadLetter.lambda.metricInvocations({ ...FIVE_MINUTES, statistic: "Sum" }),
      above: 0,
    });

    const webhook = zipFunction(this, "webhook", deployment, {
      ...common,
      ...toEnvironment({
        bucket: data.bucket.bucketName,
        secret: data.secret.secretArn,
        webhookQueue: webhooks.queueUrl,
      }),
    });
    webhook.may.jobs().takes(webhooks).sends(webhooks).secret().reads("pictures");
    polls(webhook, webhooks, 1, WEBHOOKS_AT_A_TIME);
    this.functions = [sweeper, deadLetter, webhook];
  }
}

/**
 * Not tried again, because the next minute comes: neither by EventBridge, nor by Lambda, which would try twice more what
 * failed, and keep for six hours what it holds back, to run all of it at once.
 *
 * Two runs at once are rare and do no harm that lasts. A reserved concurrency of one would rule them out, but it is refused
 * where an account may run ten functions at once, as new ones may, and the deployment would fail with it.
 */
export function eachMinute(target: ServiceFunction): void {
  const once = { retryAttempts: 0, maxEventAge: Duration.minutes(1) };
  const rule = new Rule(target, "EachMinute", { schedule: Schedule.rate(Duration.minutes(1)) });
  rule.addTarget(new LambdaFunction(target.lambda, once));
  target.lambda.configureAsyncInvoke(once);
}

function polls({ lambda, node: { scope } }: ServiceFunction, queue: IQueue, batchSize: number, most?: number): void {
  new CfnEventSourceMapping(scope!, `${lambda.node.scope!.node.id}-messages`, {
    eventSourceArn: queue.queueArn,
    functionName: lambda.functionName,
    batchSize,
    functionResponseTypes: ["ReportBatchItemFailures"],
    ...(most !== undefined && { scalingConfig: { maximumConcurrency: most } }),
  }).node.addDependency(lambda.role!);
}
