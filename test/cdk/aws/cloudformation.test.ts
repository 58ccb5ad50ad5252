// moto's CloudFormation creates the stacks from the templates.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { DescribeTableCommand } from "@aws-sdk/client-dynamodb";
import { GetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { beforeAll, expect, test } from "vitest";
import { awsBlobs } from "../../../infra/aws/blobs.ts";
import { awsJobStore } from "../../../infra/aws/job-store.ts";
import { TABLE } from "../../../infra/aws/table.ts";
import { PREFIXES } from "../../../infra/jobs/keys.ts";
import { PYTHON } from "../../support/aws/moto.ts";
import { dynamo, dynamoSdk, onMoto, s3, sqs } from "../../support/aws/moto-resources.ts";
import { bootstrap, cloudFormation as call, deploy, ORDER, output } from "../../support/cdk/moto-cloudformation.ts";
import { forMoto, NOT_MODELLED } from "../../support/cdk/moto-stack.ts";
import { EVERYTHING, ROOT, type Synthesis, synthesise } from "../../support/cdk/synth.ts";
import { createRecord } from "../../support/jobs/records.ts";

const run = promisify(execFile);

onMoto("CloudFormation", () => {
  const { key: _, ...settings } = EVERYTHING;
  let synthesis: Synthesis;

  beforeAll(async () => {
    synthesis = synthesise({ ...settings, name: "full" });
    await bootstrap(synthesis.templates);
    await deploy("CreateStack", "full", synthesis.templates);
  }, 180_000);

  test("CloudFormation creates every stack with every resource", async () => {
    expect(Object.keys(synthesis.templates).sort()).toEqual([...ORDER].sort());
    for (const stack of ORDER) {
      const status = await call("DescribeStacks", { StackName: `full-${stack}` });
      expect(status, stack).toContain("<StackStatus>CREATE_COMPLETE</StackStatus>");
      const resources = await call("DescribeStackResources", { StackName: `full-${stack}` });
      const expected = Object.keys(forMoto(synthesis.templates[stack]!).Resources);
      expect([...resources.matchAll(/<LogicalResourceId>(\w+)</g)].map(([, name]) => name).sort()).toEqual(
        expected.sort(),
      );
    }
  });

  test("the only resources left out are those that moto does not model", async () => {
    const script =
      "import json; from moto.cloudformation.parsing import get_model_map; print(json.dumps(list(get_model_map())))";
    const { stdout } = await run(PYTHON, ["-W", "ignore", "-c", script]);
    const modelled = new Set(JSON.parse(stdout.trim().split("\n").at(-1)!) as string[]);
    const used = Object.values(synthesis.templates).flatMap(({ Resources }) =>
      Object.values(Resources).map(({ Type }) => Type),
    );
    expect([...new Set(used)].filter((type) => !modelled.has(type)).sort()).toEqual([...NOT_MODELLED].sort());
    const page = readFileSync(path.join(ROOT, "docs", "reports", "aws-proof.md"), "utf8");
    for (const type of NOT_MODELLED) expect(page).toContain(`\`${type}\``);
  }, 120_000);

  test("the table stores and lists job records", async () => {
    const TableName = await output("full-data", "TableName");
    const { Table } = await dynamoSdk.send(new DescribeTableCommand({ TableName }));
    expect(Table!.GlobalSecondaryIndexes!.map(({ IndexName }) => IndexName).sort()).toEqual(
      Object.values(TABLE.indexes)
        .map(({ name }) => name)
        .sort(),
    );
    expect(Table!.StreamSpecification).toEqual({ StreamEnabled: true, StreamViewType: TABLE.stream });
    const store = awsJobStore(dynamo, { table: TableName, retentionMs: 1 });
    const record = createRecord({ owner: "someone" });
    expect(await store.create(record)).toBe(true);
    expect(await store.list("someone", { first: 1 })).toEqual([record]);
  });

  test("the queues move a message to the dead-letter queue after ten deliveries", async () => {
    const QueueUrl = await output("full-data", "JobsUrl");
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }));
    expect(Attributes).toMatchObject({ VisibilityTimeout: "5400" });
    const { deadLetterTargetArn, maxReceiveCount } = JSON.parse(Attributes!.RedrivePolicy!);
    expect([deadLetterTargetArn, Number(maxReceiveCount)]).toEqual([await output("full-data", "JobsDeadArn"), 10]);
  });

  test("the bucket stores a picture", async () => {
    const blobs = awsBlobs(s3, await output("full-data", "BucketName"));
    const key = `${PREFIXES.pictures}job/0.png`;
    const blob = { bytes: Uint8Array.of(1, 2, 3), contentType: "image/png" };
    expect(await blobs.put(key, blob)).toBe(true);
    expect(await blobs.get(key)).toEqual(blob);
  });
});
