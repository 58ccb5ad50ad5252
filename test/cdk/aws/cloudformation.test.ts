// moto's CloudFormation creates the stacks from the templates.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { DescribeTableCommand } from "@aws-sdk/client-dynamodb";
import { CreateBucketCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { GetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { beforeAll, expect, test } from "vitest";
import { awsBlobs } from "../../../infra/aws/blobs.ts";
import { awsJobStore } from "../../../infra/aws/job-store.ts";
import { TABLE } from "../../../infra/aws/table.ts";
import { PREFIXES } from "../../../infra/jobs/keys.ts";
import { PYTHON } from "../../support/aws/moto.ts";
import { dynamo, dynamoSdk, moto, onMoto, s3, sqs } from "../../support/aws/moto-resources.ts";
import { forMoto, NOT_MODELLED } from "../../support/cdk/moto-stack.ts";
import { EVERYTHING, ROOT, type Synthesis, synthesise } from "../../support/cdk/synth.ts";
import { createRecord } from "../../support/jobs/records.ts";

const run = promisify(execFile);

/** In the order of their dependencies. */
const ORDER = ["data", "workers", "api", "maintenance", "gpu", "observability", "budget"];
/** The asset bucket of a bootstrapped account. */
const ASSETS = "cdk-hnb659fds-assets-123456789012-us-east-1";
const EMPTY_ZIP = Buffer.concat([Buffer.from("PK\x05\x06"), Buffer.alloc(18)]);

onMoto("CloudFormation", () => {
  const { key: _, ...settings } = EVERYTHING;
  let synthesis: Synthesis;

  beforeAll(async () => {
    synthesis = synthesise({ ...settings, name: "full" });
    await bootstrap(synthesis);
    for (const stack of ORDER) await create(`full-${stack}`, JSON.stringify(forMoto(synthesis.templates[stack]!)));
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
    const TableName = await output("TableName");
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
    const QueueUrl = await output("JobsUrl");
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }));
    expect(Attributes).toMatchObject({ VisibilityTimeout: "5400" });
    const { deadLetterTargetArn, maxReceiveCount } = JSON.parse(Attributes!.RedrivePolicy!);
    expect([deadLetterTargetArn, Number(maxReceiveCount)]).toEqual([await output("JobsDeadArn"), 10]);
  });

  test("the bucket stores a picture", async () => {
    const blobs = awsBlobs(s3, await output("BucketName"));
    const key = `${PREFIXES.pictures}job/0.png`;
    const blob = { bytes: Uint8Array.of(1, 2, 3), contentType: "image/png" };
    expect(await blobs.put(key, blob)).toBe(true);
    expect(await blobs.get(key)).toEqual(blob);
  });
});

/** Creates what `cdk bootstrap` and the upload of assets create in an account. */
async function bootstrap({ folder }: Synthesis): Promise<void> {
  await post("ssm", {
    headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": "AmazonSSM.PutParameter" },
    body: JSON.stringify({ Name: "/cdk-bootstrap/hnb659fds/version", Value: "30", Type: "String", Overwrite: true }),
  });
  await s3.send(new CreateBucketCommand({ Bucket: ASSETS })).catch(() => {});
  for (const stack of ORDER) {
    const { files } = JSON.parse(readFileSync(path.join(folder, `full-${stack}.assets.json`), "utf8")) as {
      files: Record<string, { destinations: Record<string, { objectKey: string }> }>;
    };
    for (const { destinations } of Object.values(files)) {
      for (const { objectKey: Key } of Object.values(destinations)) {
        await s3.send(new PutObjectCommand({ Bucket: ASSETS, Key, Body: EMPTY_ZIP }));
      }
    }
  }
}

async function create(StackName: string, TemplateBody: string): Promise<void> {
  await call("CreateStack", { StackName, TemplateBody, "Capabilities.member.1": "CAPABILITY_IAM" });
}

async function output(name: string): Promise<string> {
  const response = await call("DescribeStacks", { StackName: "full-data" });
  const found = new RegExp(`<OutputKey>${name}</OutputKey>\\s*<OutputValue>([^<]+)</OutputValue>`).exec(response);
  return found![1]!;
}

function call(Action: string, input: Readonly<Record<string, string>>): Promise<string> {
  const body = new URLSearchParams({ Action, Version: "2010-05-15", ...input }).toString();
  return post("cloudformation", { headers: { "content-type": "application/x-www-form-urlencoded" }, body });
}

/** moto reads only the service's name from the signature. */
async function post(
  service: string,
  { headers, body }: { headers: Record<string, string>; body: string },
): Promise<string> {
  const scope = `Credential=AKIAIOSFODNN7EXAMPLE/20261124/us-east-1/${service}/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=none`;
  const response = await fetch(moto!, { method: "POST", headers: { ...headers, authorization }, body });
  const answer = await response.text();
  if (!response.ok) throw new Error(`${service}: ${response.status} ${answer.slice(0, 500)}`);
  return answer;
}
