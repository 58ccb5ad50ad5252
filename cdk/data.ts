// What is kept: the table, the bucket, the queues, the secret. All other stacks stand on this one.
import { CfnOutput, Stack, type StackProps } from "aws-cdk-lib";
import type { Table } from "aws-cdk-lib/aws-dynamodb";
import { type IKey, Key } from "aws-cdk-lib/aws-kms";
import type { Bucket } from "aws-cdk-lib/aws-s3";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";
import { Alarms } from "./alarms.ts";
import { makeBucket, makeLogs } from "./bucket.ts";
import { accept } from "./nag.ts";
import { makeQueues, type Queues } from "./queues.ts";
import type { Settings } from "./settings.ts";
import { makeTable } from "./table.ts";

export class Data extends Stack {
  readonly alarms: Alarms;
  readonly key: IKey | undefined;
  readonly table: Table;
  readonly bucket: Bucket;
  readonly logs: Bucket;
  readonly queues: Queues;
  readonly secret: Secret;

  constructor(scope: Construct, id: string, settings: Settings, props: StackProps) {
    super(scope, id, props);
    this.alarms = new Alarms(this, settings.email);
    this.key = settings.key === undefined ? undefined : Key.fromKeyArn(this, "Key", settings.key);
    this.table = makeTable(this, { key: this.key, keepData: settings.keepData }, this.alarms);
    this.logs = makeLogs(this, settings);
    this.bucket = makeBucket(this, settings, this.key, this.logs);
    this.queues = makeQueues(this, this.key, this.alarms);
    this.secret = new Secret(this, "Secret", {
      description: "What the secrets of webhooks are derived from",
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      ...(this.key && { encryptionKey: this.key }),
    });
    accept(this.secret, {
      SMG4: "Receivers of webhooks verify with what is derived from it: rotated, it would lock all of them out at once.",
    });
    for (const [name, value] of Object.entries(this.#names())) new CfnOutput(this, name, { value });
  }

  /** For the commands of docs/guide/runbook.md and docs/guide/deploy.md. */
  #names(): Record<string, string> {
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
    };
  }
}
