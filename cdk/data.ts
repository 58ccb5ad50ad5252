// The stateful resources: table, bucket, queues, secret. All other parts depend on this one.
import { CfnOutput } from "aws-cdk-lib";
import { Metric } from "aws-cdk-lib/aws-cloudwatch";
import type { Table } from "aws-cdk-lib/aws-dynamodb";
import { type IKey, Key } from "aws-cdk-lib/aws-kms";
import type { Bucket } from "aws-cdk-lib/aws-s3";
import type { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import { Alarms, FIVE_MINUTES } from "./alarms.ts";
import { makeBucket, makeLogBucket } from "./bucket.ts";
import { addChat } from "./chat.ts";
import { makeQueues, type Queues } from "./queues.ts";
import { makeSecret } from "./secret.ts";
import type { Settings } from "./settings.ts";
import { makeTable } from "./table.ts";

export class Data extends Construct {
  readonly alarms: Alarms;
  readonly key: IKey | undefined;
  readonly table: Table;
  readonly bucket: Bucket;
  readonly logs: Bucket;
  readonly queues: Queues;
  readonly secret: Secret;

  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id);
    this.alarms = new Alarms(this, settings.email);
    this.key = settings.key === undefined ? undefined : Key.fromKeyArn(this, "Key", settings.key);
    this.table = makeTable(this, { key: this.key, retainData: settings.retainData }, this.alarms);
    this.logs = makeLogBucket(this, settings);
    this.bucket = makeBucket(this, settings, this.key, this.logs);
    this.queues = makeQueues(this, this.key, this.alarms);
    this.secret = makeSecret(this, this.key);
    // Lambda's metric of all functions in this account and region, whose concurrency they share.
    this.alarms.add(this, "Throttles", {
      section: "functions-held-back",
      description: "Functions are throttled: the account's concurrency limit is reached, or a function's own.",
      metric: new Metric({ ...FIVE_MINUTES, namespace: "AWS/Lambda", metricName: "Throttles", statistic: "Sum" }),
      threshold: 0,
      evaluationPeriods: 2,
    });
    addChat(this, settings, this.alarms.topic);
    for (const [name, value] of Object.entries(this.#outputs())) new CfnOutput(this, name, { value });
  }

  /** Used by the commands in docs/guide/runbook.md and docs/guide/deploy.md. */
  #outputs(): Record<string, string> {
    const { jobs, jobsDead, webhooks, webhooksDead, eventsDead } = this.queues;
    return {
      TableName: this.table.tableName,
      BucketName: this.bucket.bucketName,
      LogsName: this.logs.bucketName,
      JobsUrl: jobs.queueUrl,
      JobsDeadUrl: jobsDead.queueUrl,
      JobsDeadArn: jobsDead.queueArn,
      WebhooksUrl: webhooks.queueUrl,
      WebhooksDeadUrl: webhooksDead.queueUrl,
      WebhooksDeadArn: webhooksDead.queueArn,
      EventsDeadUrl: eventsDead.queueUrl,
      AlarmTopicArn: this.alarms.topic.topicArn,
      // The one that `unclip-aws doctor --live` sets.
      AlarmName: this.alarms.names[0]!,
    };
  }
}
