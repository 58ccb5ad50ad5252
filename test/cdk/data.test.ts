// What section 5 of the design promises of what is kept, read off the templates.
import { beforeAll, describe, expect, test } from "vitest";
import { TABLE } from "../../infra/aws/table.ts";
import { KEPT_DAYS, PREFIXES } from "../../infra/jobs/keys.ts";
import { DEFAULTS } from "../../schema/context.ts";
import {
  EVERYTHING,
  everyOf,
  KEY,
  ofType,
  one,
  type Resource,
  refersTo,
  synthesise,
  type Templates,
} from "../support/cdk/synth.ts";

let plain: Templates;
let full: Templates;

beforeAll(() => {
  plain = synthesise().templates;
  full = synthesise(EVERYTHING).templates;
}, 120_000);

describe("the table", () => {
  test("is the one that the adapters know: keys, indexes, expiry, stream", () => {
    const { Properties } = one(plain.data, "AWS::DynamoDB::Table");
    expect(Properties).toMatchObject({
      KeySchema: [
        { AttributeName: TABLE.partition.name, KeyType: "HASH" },
        { AttributeName: TABLE.sort.name, KeyType: "RANGE" },
      ],
      TimeToLiveSpecification: { AttributeName: TABLE.expiry, Enabled: true },
      StreamSpecification: { StreamViewType: TABLE.stream },
      BillingMode: "PAY_PER_REQUEST",
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    });
    const indexes = Object.values(TABLE.indexes).map(({ name, partition, sort, beside }) => ({
      IndexName: name,
      KeySchema: [
        { AttributeName: partition.name, KeyType: "HASH" },
        { AttributeName: sort.name, KeyType: "RANGE" },
      ],
      Projection:
        beside.length > 0 ? { ProjectionType: "INCLUDE", NonKeyAttributes: beside } : { ProjectionType: "KEYS_ONLY" },
    }));
    expect(Properties.GlobalSecondaryIndexes).toEqual(indexes);
  });

  test("outlives its stack and cannot be deleted by mistake, unless the owner says so", () => {
    const kept = one(plain.data, "AWS::DynamoDB::Table");
    expect([kept.DeletionPolicy, kept.Properties.DeletionProtectionEnabled]).toEqual(["Retain", true]);
    const { data } = synthesise({ keepData: "off" }).templates;
    const gone = one(data, "AWS::DynamoDB::Table");
    expect([gone.DeletionPolicy, gone.Properties.DeletionProtectionEnabled]).toEqual(["Delete", false]);
  });
});

describe("the bucket", () => {
  test("lets what is old go, prefix by prefix", () => {
    const { Rules } = one(plain.data, "AWS::S3::Bucket", "Bucket").Properties.LifecycleConfiguration;
    const ages = Object.entries(KEPT_DAYS).map(([name, days]) => [PREFIXES[name as keyof typeof PREFIXES], days]);
    const told = Rules.filter(({ Prefix }: { Prefix?: string }) => Prefix);
    expect(told.map(({ Prefix, ExpirationInDays }: Record<string, unknown>) => [Prefix, ExpirationInDays])).toEqual(
      ages,
    );
    expect(Rules.every(({ Status }: { Status: string }) => Status === "Enabled")).toBe(true);
  });

  test("is shut to the public, encrypted, and spoken to over TLS only, like that of the logs", () => {
    for (const templates of [plain, full]) {
      const buckets = everyOf(templates, "AWS::S3::Bucket");
      expect(buckets).toHaveLength(2);
      for (const [name, { Properties }] of buckets) {
        expect(Properties.PublicAccessBlockConfiguration, name).toEqual({
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        });
        expect(Properties.BucketEncryption.ServerSideEncryptionConfiguration, name).toHaveLength(1);
        const policies = everyOf(templates, "AWS::S3::BucketPolicy").filter(([, policy]) =>
          refersTo(policy.Properties.Bucket, name),
        );
        expect(refusesWithoutTls(policies[0]![1].Properties.PolicyDocument), name).toBe(true);
      }
    }
  });

  test("takes uploads from the pages of the named origins only", () => {
    const rules = (templates: Templates) =>
      one(templates.data, "AWS::S3::Bucket", "Bucket").Properties.CorsConfiguration;
    expect(rules(plain)).toBeUndefined();
    expect(rules(full).CorsRules).toMatchObject([
      { AllowedOrigins: [EVERYTHING.cors], AllowedMethods: expect.arrayContaining(["POST"]) },
    ]);
  });
});

describe("queues", () => {
  const queues = () => ofType(plain.data, "AWS::SQS::Queue");
  const alive = () => queues().filter(([, { Properties }]) => Properties.RedrivePolicy);

  test("jobs and webhooks, each with dead letters after ten deliveries", () => {
    expect(
      alive()
        .map(([name]) => name.replace(/[0-9A-F]{8}$/, ""))
        .sort(),
    ).toEqual(["Jobs", "Webhooks"]);
    for (const [, { Properties }] of alive()) expect(Properties.RedrivePolicy.maxReceiveCount).toBe(10);
  });

  test("each with an alarm: on its age, or on the letters that lie in it", () => {
    const alarms = ofType(plain.data, "AWS::CloudWatch::Alarm").map(([, { Properties }]) => Properties);
    for (const [name, { Properties }] of queues()) {
      const MetricName = Properties.RedrivePolicy
        ? "ApproximateAgeOfOldestMessage"
        : "ApproximateNumberOfMessagesVisible";
      const own = alarms.filter((alarm) => alarm.MetricName === MetricName && refersTo(alarm.Dimensions, name));
      expect(own, name).toHaveLength(1);
    }
  });

  test("encrypted, and spoken to over TLS only", () => {
    for (const [name, { Properties }] of queues()) {
      expect(Properties.SqsManagedSseEnabled, name).toBe(true);
      const policies = everyOf(plain, "AWS::SQS::QueuePolicy").filter(([, policy]) =>
        refersTo(policy.Properties.Queues, name),
      );
      expect(refusesWithoutTls(policies[0]![1].Properties.PolicyDocument), name).toBe(true);
    }
  });

  test("hide a message for six times as long as the function that takes it may run, or longer", () => {
    const mappings = everyOf(plain, "AWS::Lambda::EventSourceMapping");
    const taken: string[] = [];
    for (const [name, { Properties }] of queues()) {
      const takers = mappings.filter(([, mapping]) => refersTo(mapping.Properties.EventSourceArn, name));
      if (takers.length === 0) continue;
      taken.push(name.slice(0, -8));
      const [[, taker]] = takers as [[string, Resource]];
      const called = taker.Properties.FunctionName.Ref as string;
      const { Timeout } = everyOf(plain, "AWS::Lambda::Function").find(([other]) => other === called)![1].Properties;
      expect(Properties.VisibilityTimeout, name).toBeGreaterThanOrEqual(6 * Timeout);
      expect(taker.Properties.FunctionResponseTypes).toEqual(["ReportBatchItemFailures"]);
    }
    expect(taken.sort()).toEqual(["Jobs", "JobsDead", "Webhooks"]);
  });

  test("keep a job's message for longer than a job may live, and not for days after it", () => {
    const seconds = alive().find(([name]) => name.startsWith("Jobs"))![1].Properties.MessageRetentionPeriod;
    expect(seconds).toBeGreaterThan(DEFAULTS.maxSeconds);
    expect(seconds).toBeLessThanOrEqual(2 * DEFAULTS.maxSeconds);
  });

  test("a customer's key is everywhere where something is kept", () => {
    for (const [, { Properties }] of ofType(full.data, "AWS::SQS::Queue")) expect(Properties.KmsMasterKeyId).toBe(KEY);
    expect(one(full.data, "AWS::DynamoDB::Table").Properties.SSESpecification).toMatchObject({ KMSMasterKeyId: KEY });
    expect(one(full.data, "AWS::SecretsManager::Secret").Properties.KmsKeyId).toBe(KEY);
    expect(refersTo(one(full.data, "AWS::S3::Bucket", "Bucket").Properties.BucketEncryption, KEY)).toBe(true);
  });
});

type Statement = { Effect: string; Action: string; Principal: unknown; Condition?: unknown };

function refusesWithoutTls({ Statement: statements }: { readonly Statement: readonly Statement[] }): boolean {
  return statements.some(
    ({ Effect, Action, Condition }) =>
      Effect === "Deny" &&
      /^(s3|sqs):\*$/.test(String(Action)) &&
      JSON.stringify(Condition) === JSON.stringify({ Bool: { "aws:SecureTransport": "false" } }),
  );
}
