// Background functions: the sweeper, the delivery of webhooks, and the handler of dead letters.
import { Duration } from "aws-cdk-lib";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import { CfnEventSourceMapping } from "aws-cdk-lib/aws-lambda";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { FIVE_MINUTES } from "./alarms.ts";
import { type Deployment, jobsEnvironment, toEnvironment } from "./deployment.ts";
import { type ServiceFunction, zipFunction } from "./function.ts";
import { addJobEvents } from "./job-events.ts";
import { signsUrls } from "./signing.ts";
import type { Sockets } from "./sockets.ts";

/** Concurrent webhook deliveries. */
const MAX_CONCURRENT_WEBHOOKS = 10;

export class Maintenance extends Construct {
  readonly functions: readonly ServiceFunction[];

  constructor(scope: Construct, id: string, deployment: Deployment, sockets: Sockets) {
    super(scope, id);
    const { data, alarms } = deployment;
    const { jobs, jobsDead, webhooks } = data.queues;
    const common = jobsEnvironment(deployment);

    const sweeper = zipFunction(this, "sweeper", deployment, {
      ...common,
      ...toEnvironment({ webhookQueue: webhooks.queueUrl, sockets: sockets.managementUrl }),
    });
    sweeper.grant.jobs().lists().table("DeleteItem").sends(jobs).sends(webhooks).sockets(sockets.api.apiId);
    everyMinute(sweeper);

    const deadLetter = zipFunction(this, "dead-letter", deployment, common);
    deadLetter.grant.jobs().takes(jobsDead);
    addQueueSource(deadLetter, jobsDead, 10);
    alarms.add(deadLetter, "Died", {
      section: "jobs-died",
      description: "Jobs failed because their messages reached the maximum number of deliveries.",
      metric: deadLetter.lambda.metricInvocations({ ...FIVE_MINUTES, statistic: "Sum" }),
      threshold: 0,
    });

    const webhook = zipFunction(this, "webhook", deployment, {
      ...common,
      ...toEnvironment({
        bucket: data.bucket.bucketName,
        secret: data.secret.secretArn,
        webhookQueue: webhooks.queueUrl,
      }),
    });
    webhook.grant.jobs().takes(webhooks).sends(webhooks).secret();
    signsUrls(webhook, deployment);
    addQueueSource(webhook, webhooks, 1, MAX_CONCURRENT_WEBHOOKS);
    addJobEvents(this, deployment);
    this.functions = [sweeper, deadLetter, webhook];
  }
}

/**
 * Invokes a function every minute, without retries: the next invocation is a minute away. By default, Lambda retries a
 * failed invocation twice, queues throttled ones for six hours, and then runs them all at once.
 *
 * Overlapping runs are rare and harmless. A reserved concurrency of one would prevent them, but accounts with a
 * concurrency limit of ten, such as new ones, refuse it, and the deployment would fail.
 */
export function everyMinute(target: ServiceFunction): void {
  const noRetry = { retryAttempts: 0, maxEventAge: Duration.minutes(1) };
  const rule = new Rule(target, "EachMinute", { schedule: Schedule.rate(Duration.minutes(1)) });
  rule.addTarget(new LambdaFunction(target.live, noRetry));
  target.live.configureAsyncInvoke(noRetry);
}

function addQueueSource(
  { lambda, live, node: { scope } }: ServiceFunction,
  queue: IQueue,
  batchSize: number,
  maximumConcurrency?: number,
): void {
  new CfnEventSourceMapping(scope!, `${lambda.node.scope!.node.id}-messages`, {
    eventSourceArn: queue.queueArn,
    functionName: live.functionArn,
    batchSize,
    functionResponseTypes: ["ReportBatchItemFailures"],
    ...(maximumConcurrency !== undefined && { scalingConfig: { maximumConcurrency } }),
  }).node.addDependency(lambda.role!);
}
