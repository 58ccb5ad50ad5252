// IAM permissions: exact actions on exact resources, added to a role where a function is created. The CDK's own
// `grant...` methods are not used, because they grant more than the functions need.
import { Stack } from "aws-cdk-lib";
import { PolicyStatement, type Role } from "aws-cdk-lib/aws-iam";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { PREFIXES } from "../infra/jobs/keys.ts";
import type { Data } from "./data.ts";

type Prefix = keyof typeof PREFIXES;

/** Prefix of downloadable bundles, which no lifecycle rule covers (functions/aws/download-bundle.ts). */
export const BUNDLE_PREFIX = "bundles/";

/** Each method adds permissions to the role. */
export class Permissions {
  readonly #role: Role;
  readonly #data: Data;

  constructor(role: Role, data: Data) {
    this.#role = role;
    this.#data = data;
  }

  /** Reads and writes job records: every transition is a read and a conditional put. */
  jobs(): this {
    return this.table("GetItem", "BatchGetItem", "PutItem");
  }

  table(...actions: readonly string[]): this {
    return this.#allow("dynamodb", actions, [this.#data.table.tableArn]).#keys("Decrypt");
  }

  /** Queries the table and its indexes. */
  lists(): this {
    const { tableArn } = this.#data.table;
    return this.#allow("dynamodb", ["Query"], [tableArn, `${tableArn}/index/*`]);
  }

  /** Without permission to list, S3 answers 403 instead of 404 for a missing object. */
  reads(...prefixes: readonly Prefix[]): this {
    const { bucketArn } = this.#data.bucket;
    return this.#allow("s3", ["ListBucket"], [bucketArn]).opens(...prefixes);
  }

  /** Reads objects that exist. */
  opens(...prefixes: readonly Prefix[]): this {
    return this.#allow("s3", ["GetObject"], this.#objects(prefixes)).#keys("Decrypt");
  }

  readsBundles(): this {
    const { bucketArn } = this.#data.bucket;
    return this.#allow("s3", ["GetObject"], [`${bucketArn}/${BUNDLE_PREFIX}*`]).#keys("Decrypt");
  }

  writes(...prefixes: readonly Prefix[]): this {
    return this.#allow("s3", ["PutObject"], this.#objects(prefixes)).#keys("Decrypt", "GenerateDataKey");
  }

  deletes(...prefixes: readonly Prefix[]): this {
    return this.#allow("s3", ["DeleteObject"], this.#objects(prefixes));
  }

  sends(queue: IQueue): this {
    return this.#allow("sqs", ["SendMessage"], [queue.queueArn]).#keys("Decrypt", "GenerateDataKey");
  }

  /** Includes the calls that Lambda makes with the role when it polls the queue. */
  takes(queue: IQueue): this {
    const actions = ["ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "GetQueueAttributes"];
    return this.#allow("sqs", actions, [queue.queueArn]).#keys("Decrypt");
  }

  counts(queue: IQueue): this {
    return this.#allow("sqs", ["GetQueueAttributes"], [queue.queueArn]);
  }

  /** Reads the table's stream, which Lambda polls with the role. */
  follows(): this {
    const { tableArn, tableStreamArn } = this.#data.table;
    return this.#allow("dynamodb", ["DescribeStream", "GetRecords", "GetShardIterator"], [tableStreamArn!])
      .#allow("dynamodb", ["ListStreams"], [`${tableArn}/stream/*`])
      .#keys("Decrypt");
  }

  secret(): this {
    return this.#allow("secretsmanager", ["GetSecretValue"], [this.#data.secret.secretArn]).#keys("Decrypt");
  }

  completesSecret(): this {
    const actions = ["GetSecretValue", "PutSecretValue"];
    const { secretArn } = this.#data.secret;
    return this.#allow("secretsmanager", actions, [secretArn]).#keys("Decrypt", "GenerateDataKey");
  }

  assumes(roleArn: string): this {
    return this.#allow("sts", ["AssumeRole"], [roleArn]);
  }

  invokes(functionArn: string): this {
    return this.#allow("lambda", ["InvokeFunction"], [functionArn]);
  }

  /** Everything that executing a GraphQL operation needs, over any transport. `embedderArn`: of the function that embeds. */
  executesGraphql(embedderArn: string | undefined): this {
    if (embedderArn !== undefined) this.invokes(embedderArn);
    return (
      this.jobs()
        .lists()
        .sends(this.#data.queues.jobs)
        .counts(this.#data.queues.jobs)
        .reads("uploads", "pictures")
        // A client uploads with a URL that the function signs.
        .writes("uploads")
        // Owners delete their jobs and pictures, and calls count against their limits.
        .table("DeleteItem", "UpdateItem")
        .deletes("stages", "previews", "pictures")
        .secret()
    );
  }

  /** Everything that a worker needs to draw jobs. Those that their owners delete meanwhile leave files, which it deletes. */
  drawsJobs(): this {
    const { jobs } = this.#data.queues;
    return this.jobs()
      .takes(jobs)
      .sends(jobs)
      .reads("uploads", "stages", "pictures")
      .deletes("stages", "previews", "pictures")
      .writes("stages", "previews", "pictures");
  }

  /** Posts to the connections of one WebSocket API, looks them up and closes them. */
  sockets(apiId: string): this {
    const stack = Stack.of(this.#role);
    const resourceName = `${apiId}/*/*/@connections/*`;
    const arn = stack.formatArn({ service: "execute-api", resource: resourceName });
    return this.#allow("execute-api", ["ManageConnections"], [arn]);
  }

  starts(jobQueueArn: string, jobDefinition: readonly string[]): this {
    return (
      this.#allow("batch", ["SubmitJob"], [jobQueueArn, ...jobDefinition])
        // batch:ListJobs supports no narrower resource.
        .#allow("batch", ["ListJobs"], ["*"])
    );
  }

  #objects(prefixes: readonly Prefix[]): string[] {
    return prefixes.map((prefix) => `${this.#data.bucket.bucketArn}/${PREFIXES[prefix]}*`);
  }

  #keys(...actions: readonly string[]): this {
    return this.#data.key ? this.#allow("kms", actions, [this.#data.key.keyArn]) : this;
  }

  #allow(service: string, actions: readonly string[], resources: readonly string[]): this {
    const statement = { actions: actions.map((action) => `${service}:${action}`), resources: [...resources] };
    this.#role.addToPolicy(new PolicyStatement(statement));
    return this;
  }
}
