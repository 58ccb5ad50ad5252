// Who may do what: exact actions on exact things, added to a role where a function is made. No `grant...` of the CDK's is
// used, because those give more than is needed.
import { Stack } from "aws-cdk-lib";
import { PolicyStatement, type Role } from "aws-cdk-lib/aws-iam";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { PREFIXES } from "../infra/jobs/keys.ts";
import type { Data } from "./data.ts";

type Prefix = keyof typeof PREFIXES;

/** Of the workers' bundles, which no lifecycle rule touches (functions/aws/download-bundle.ts). */
export const BUNDLES = "bundles/";

/** What a role may do; each step adds to it. */
export class Permissions {
  readonly #role: Role;
  readonly #data: Data;

  constructor(role: Role, data: Data) {
    this.#role = role;
    this.#data = data;
  }

  /** Jobs as they are stored: every move of one is a read and a conditional put. */
  jobs(): this {
    return this.table("GetItem", "BatchGetItem", "PutItem");
  }

  table(...actions: readonly string[]): this {
    return this.#grant("dynamodb", actions, [this.#data.table.tableArn]).#keys("Decrypt");
  }

  /** Lists of the table's rows, by its indexes. */
  lists(): this {
    const { tableArn } = this.#data.table;
    return this.#grant("dynamodb", ["Query"], [tableArn, `${tableArn}/index/*`]);
  }

  /** Without the right to list, S3 says "forbidden" of what is not there. */
  reads(...prefixes: readonly Prefix[]): this {
    const { bucketArn } = this.#data.bucket;
    return this.#grant("s3", ["ListBucket"], [bucketArn])
      .#grant("s3", ["GetObject"], this.#in(prefixes))
      .#keys("Decrypt");
  }

  readsBundles(): this {
    const { bucketArn } = this.#data.bucket;
    return this.#grant("s3", ["GetObject"], [`${bucketArn}/${BUNDLES}*`]).#keys("Decrypt");
  }

  writes(...prefixes: readonly Prefix[]): this {
    return this.#grant("s3", ["PutObject"], this.#in(prefixes)).#keys("Decrypt", "GenerateDataKey");
  }

  sends(queue: IQueue): this {
    return this.#grant("sqs", ["SendMessage"], [queue.queueArn]).#keys("Decrypt", "GenerateDataKey");
  }

  /** Also what Lambda itself does with the role, when it polls for a function. */
  takes(queue: IQueue): this {
    const actions = ["ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "GetQueueAttributes"];
    return this.#grant("sqs", actions, [queue.queueArn]).#keys("Decrypt");
  }

  counts(queue: IQueue): this {
    return this.#grant("sqs", ["GetQueueAttributes"], [queue.queueArn]);
  }

  /** The table's stream, which Lambda polls for a function. */
  follows(): this {
    const { tableArn, tableStreamArn } = this.#data.table;
    return this.#grant("dynamodb", ["DescribeStream", "GetRecords", "GetShardIterator"], [tableStreamArn!])
      .#grant("dynamodb", ["ListStreams"], [`${tableArn}/stream/*`])
      .#keys("Decrypt");
  }

  secret(): this {
    return this.#grant("secretsmanager", ["GetSecretValue"], [this.#data.secret.secretArn]).#keys("Decrypt");
  }

  invokes(functionArn: string): this {
    return this.#grant("lambda", ["InvokeFunction"], [functionArn]);
  }

  /** Posts to the sockets of one API, asks after them and closes them. */
  sockets(apiId: string): this {
    const stack = Stack.of(this.#role);
    const resourceName = `${apiId}/*/*/@connections/*`;
    const arn = stack.formatArn({ service: "execute-api", resource: resourceName });
    return this.#grant("execute-api", ["ManageConnections"], [arn]);
  }

  starts(jobQueueArn: string, jobDefinition: readonly string[]): this {
    return (
      this.#grant("batch", ["SubmitJob"], [jobQueueArn, ...jobDefinition])
        // AWS knows no narrower right to list than all.
        .#grant("batch", ["ListJobs"], ["*"])
    );
  }

  #in(prefixes: readonly Prefix[]): string[] {
    return prefixes.map((prefix) => `${this.#data.bucket.bucketArn}/${PREFIXES[prefix]}*`);
  }

  #keys(...actions: readonly string[]): this {
    return this.#data.key ? this.#grant("kms", actions, [this.#data.key.keyArn]) : this;
  }

  #grant(service: string, actions: readonly string[], resources: readonly string[]): this {
    const statement = { actions: actions.map((action) => `${service}:${action}`), resources: [...resources] };
    this.#role.addToPolicy(new PolicyStatement(statement));
    return this;
  }
}
