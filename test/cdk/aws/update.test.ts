// A deployment of an earlier commit is updated to today's templates. cfn-lint contains AWS's schemas of all resource types,
// which say what CloudFormation replaces; moto's CloudFormation then does the update as far as it models the types.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { awsBlobs } from "../../../infra/aws/blobs.ts";
import { awsJobStore } from "../../../infra/aws/job-store.ts";
import { PYTHON } from "../../support/aws/moto.ts";
import { dynamo, onMoto, s3 } from "../../support/aws/moto-resources.ts";
import { type Deployed, readDeployed } from "../../support/cdk/deployed.ts";
import { bootstrap, cloudFormation, deploy, output } from "../../support/cdk/moto-cloudformation.ts";
import { synthesise, type Templates } from "../../support/cdk/synth.ts";
import { brokenImports, collisions, type Immutable, lost } from "../../support/cdk/update.ts";
import { createRecord } from "../../support/jobs/records.ts";

const run = promisify(execFile);

/** Their content or their address is what the owner would miss. */
const STATEFUL = new Set([
  "AWS::ApiGatewayV2::Api",
  "AWS::CloudFront::Distribution",
  "AWS::DynamoDB::Table",
  "AWS::Logs::LogGroup",
  "AWS::S3::Bucket",
  "AWS::SecretsManager::Secret",
  "AWS::SNS::Topic",
  "AWS::SQS::Queue",
]);

/** CloudFront and the functions behind it get its new value in the same update. */
const RENEWED = /^api\/OriginSecret/;

/** Prints, by type, the immutable properties, also those that are immutable under a condition, and the name. */
const SCHEMAS = `
import json, sys
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER as schemas
immutable, names = {}, {}
for type in sys.argv[1:]:
    schema = schemas.get_resource_schema("us-east-1", type).schema
    paths = schema.get("createOnlyProperties", []) + schema.get("conditionalCreateOnlyProperties", [])
    immutable[type] = [path.removeprefix("/properties/") for path in paths]
    for path in schema.get("createOnlyProperties", []):
        if path in schema.get("primaryIdentifier", []):
            names[type] = path.removeprefix("/properties/")
print(json.dumps({"immutable": immutable, "names": names}))
`;

onMoto("an update from an earlier commit", () => {
  let deployed: Deployed;
  let today: Templates;
  let schemas: { readonly immutable: Immutable; readonly names: Readonly<Record<string, string>> };

  beforeAll(async () => {
    deployed = readDeployed();
    today = synthesise(deployed.settings).templates;
    const all = [deployed.templates, today].flatMap((templates) => Object.values(templates));
    const types = new Set(all.flatMap(({ Resources }) => Object.values(Resources).map(({ Type }) => Type)));
    const { stdout } = await run(PYTHON, ["-W", "ignore", "-c", SCHEMAS, ...types], { maxBuffer: 2 ** 24 });
    schemas = JSON.parse(stdout);
  }, 120_000);

  test("replaces or deletes nothing that holds data or is an address", () => {
    const gone = lost(deployed.templates, today, schemas.immutable);
    expect(gone.filter(({ id, type }) => STATEFUL.has(type) && !RENEWED.test(id))).toEqual([]);
  });

  test("creates nothing under a name that is taken until the old resource is deleted", () => {
    expect(Object.keys(schemas.names)).toEqual(
      expect.arrayContaining(["AWS::Lambda::Function", "AWS::Logs::LogGroup"]),
    );
    expect(collisions(deployed.templates, today, schemas.names)).toEqual([]);
  });

  test("replaces no resource that has a fixed name, which CloudFormation refuses", () => {
    const gone = lost(deployed.templates, today, schemas.immutable);
    const named = gone.filter(({ id, type, because }) => {
      const [stack, name] = id.split("/") as [string, string];
      const properties = deployed.templates[stack]!.Resources[name]!.Properties;
      return because.length > 0 && typeof properties?.[schemas.names[type] ?? ""] === "string";
    });
    expect(named).toEqual([]);
  });

  test("keeps every export that a deployed stack imports", () => {
    expect(Object.keys(today)).toEqual(Object.keys(deployed.templates));
    expect(brokenImports(deployed.templates, today)).toEqual([]);
  });

  test("changes at most one index of the table, all that DynamoDB accepts in one update", () => {
    const indexesOf = (templates: Templates) =>
      Object.values(templates.data!.Resources)
        .filter(({ Type }) => Type === "AWS::DynamoDB::Table")
        .flatMap(({ Properties }) => Properties.GlobalSecondaryIndexes.map((one: unknown) => JSON.stringify(one)));
    const [before, after] = [indexesOf(deployed.templates), indexesOf(today)];
    expect(before.length).toBeGreaterThan(2);
    const changed = [...before.filter((one) => !after.includes(one)), ...after.filter((one) => !before.includes(one))];
    expect(changed.length).toBeLessThanOrEqual(1);
  });

  test("moto's CloudFormation updates the stack with the data, and its records and pictures are still there", async () => {
    /** Names in AWS of what holds data, by type. moto loses sight of a table that CloudFormation changes, but leaves it as it is. */
    const physicalIds = async () => {
      const xml = await cloudFormation("DescribeStackResources", { StackName: "earlier-data" });
      const element = (member: string, name: string) =>
        new RegExp(`<${name}>([^<]*)</${name}>`).exec(member)?.[1] ?? "";
      const members = xml
        .split("<member>")
        .map((one) => [element(one, "ResourceType"), element(one, "PhysicalResourceId")]);
      return members.filter(([type]) => /^AWS::(S3::Bucket|SQS::Queue|SNS::Topic)$/.test(type!)).sort();
    };
    await bootstrap(deployed.templates);
    await bootstrap(today);
    // moto's UpdateStack registers no new exports, so the stacks that import them cannot follow.
    const stacks = ["data"];
    await deploy("CreateStack", "earlier", deployed.templates, stacks);
    const before = await physicalIds();
    expect(before.length).toBeGreaterThan(6);
    const [table, bucket] = await Promise.all(["TableName", "BucketName"].map((name) => output("earlier-data", name)));
    const record = createRecord({ owner: "someone" });
    const picture = { bytes: Uint8Array.of(1, 2, 3), contentType: "image/png" };
    await awsJobStore(dynamo, { table: table!, retentionMs: 1 }).create(record);
    await awsBlobs(s3, bucket!).put("pictures/job/0.png", picture);
    await deploy("UpdateStack", "earlier", today, stacks);
    expect(await physicalIds()).toEqual(before);
    expect(await awsJobStore(dynamo, { table: table!, retentionMs: 1 }).list("someone", { first: 1 })).toEqual([
      record,
    ]);
    expect(await awsBlobs(s3, bucket!).get("pictures/job/0.png")).toEqual(picture);
  }, 180_000);

  describe("a fault is found", () => {
    const changed = (change: (templates: Record<string, { Resources: Record<string, Resource> }>) => void) => {
      const templates = structuredClone(today) as never;
      change(templates);
      return templates as Templates;
    };
    type Resource = { Type: string; Properties: Record<string, unknown> };
    const nameOf = (type: string) => Object.entries(today.data!.Resources).find(([, { Type }]) => Type === type)![0];

    test("a table under another logical id", () => {
      const table = nameOf("AWS::DynamoDB::Table");
      const renamed = changed(({ data }) => {
        data!.Resources.Other = data!.Resources[table]!;
        delete data!.Resources[table];
      });
      expect(lost(today, renamed, schemas.immutable)).toEqual([
        { id: `data/${table}`, type: "AWS::DynamoDB::Table", because: [] },
      ]);
    });

    test("a table with another key, a queue that becomes FIFO", () => {
      const other = changed(({ data }) => {
        data!.Resources[nameOf("AWS::DynamoDB::Table")]!.Properties.KeySchema = [];
        data!.Resources[nameOf("AWS::SQS::Queue")]!.Properties.FifoQueue = true;
      });
      const because = lost(today, other, schemas.immutable).map((one) => one.because);
      expect(because).toEqual(expect.arrayContaining([["KeySchema"], ["FifoQueue"]]));
    });

    test("a log group that moved to another construct", () => {
      const moved = changed(({ maintenance }) => {
        const [name] = Object.entries(maintenance!.Resources).find(([, { Type }]) => Type === "AWS::Logs::LogGroup")!;
        maintenance!.Resources.Moved = maintenance!.Resources[name]!;
        delete maintenance!.Resources[name];
      });
      expect(collisions(today, moved, schemas.names)).toEqual([
        expect.stringMatching(
          /^maintenance\/Moved takes the name of maintenance\/\w+: AWS::Logs::LogGroup \/earlier\//,
        ),
      ]);
    });

    test("an export that is no longer there", () => {
      const without = changed(({ data }) => {
        (data as unknown as { Outputs: Record<string, unknown> }).Outputs = {};
      });
      expect(brokenImports(today, without).length).toBeGreaterThan(10);
    });
  });
});
