// The stateful resources: table, bucket, queues, secret. All other parts depend on this one.
import { CfnOutput } from "aws-cdk-lib";
import type { Table } from "aws-cdk-lib/aws-dynamodb";
import { type IKey, Key } from "aws-cdk-lib/aws-kms";
import type { Bucket } from "aws-cdk-lib/aws-s3";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import { acknowledge } from "./acknowledge.ts";
import { Alarms } from "./alarms.ts";
import { makeBucket, makeLogBucket } from "./bucket.ts";
import { makeQueues, type Queues } from "./queues.ts";
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
    this.secret = new Secret(this, "Secret", {
      description: "Root of the secrets that sign webhooks",
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      ...(this.key && { encryptionKey: this.key }),
    });
    acknowledge(this.secret, {
      SMG4: "Receivers of webhooks verify signatures with secrets derived from this one: rotation would break all of them at once.",
    });
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
    };
  }
}
