// The stateful resources, as the templates declare them: table, buckets, queues.
import { beforeAll, describe, expect, test } from "vitest";
import { TABLE } from "../../infra/aws/table.ts";
import { PREFIXES, RETENTION_DAYS } from "../../infra/jobs/keys.ts";
import { DEFAULT_POLICY } from "../../schema/context.ts";
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
  test("has the keys, indexes, expiry and stream that the adapters use", () => {
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
    const indexes = Object.values(TABLE.indexes).map(({ name, partition, sort, projected }) => ({
      IndexName: name,
      KeySchema: [
        { AttributeName: partition.name, KeyType: "HASH" },
        { AttributeName: sort.name, KeyType: "RANGE" },
      ],
      Projection:
        projected.length > 0
          ? { ProjectionType: "INCLUDE", NonKeyAttributes: projected }
          : { ProjectionType: "KEYS_ONLY" },
    }));
    expect(Properties.GlobalSecondaryIndexes).toEqual(indexes);
  });

  test("survives its stack, unless retainData is off, and leaves nothing behind if the first deployment fails", () => {
    const policies = ({ data }: Templates) => {
      const { DeletionPolicy, Properties } = one(data, "AWS::DynamoDB::Table");
      return [DeletionPolicy, Properties.DeletionProtectionEnabled];
    };
    expect(policies(plain)).toEqual(["RetainExceptOnCreate", undefined]);
    expect(policies(synthesise({ retainData: "off" }).templates)).toEqual(["Delete", undefined]);
    const retained = Object.values(plain).flatMap(({ Resources }) =>
      Object.entries(Resources).filter(([, { DeletionPolicy }]) => DeletionPolicy === "Retain"),
    );
    expect(retained).toEqual([]);
  });
});

describe("the bucket", () => {
  test("expires objects by prefix, at the ages that jobs rely on", () => {
    const { Rules } = one(plain.data, "AWS::S3::Bucket", "Bucket").Properties.LifecycleConfiguration;
    const ages = Object.entries(RETENTION_DAYS).map(([name, days]) => [PREFIXES[name as keyof typeof PREFIXES], days]);
    const expiring = Rules.filter(({ Prefix }: { Prefix?: string }) => Prefix);
    expect(expiring.map(({ Prefix, ExpirationInDays }: Record<string, unknown>) => [Prefix, ExpirationInDays])).toEqual(
      ages,
    );
    expect(Rules.every(({ Status }: { Status: string }) => Status === "Enabled")).toBe(true);
  });

  test("is private, encrypted and reachable over TLS only, and so is the log bucket", () => {
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
        expect(deniesWithoutTls(policies[0]![1].Properties.PolicyDocument), name).toBe(true);
      }
    }
  });

  test("accepts uploads only from web pages of the configured origins and of the service itself", () => {
    const rules = (templates: Templates) =>
      one(templates.data, "AWS::S3::Bucket", "Bucket").Properties.CorsConfiguration;
    expect(rules(plain).CorsRules).toMatchObject([{ AllowedOrigins: ["https://*.cloudfront.net"] }]);
    expect(rules(full).CorsRules).toMatchObject([
      {
        // The domain is listed, too. CloudFormation refuses repetitions.
        AllowedOrigins: [`https://${EVERYTHING.domain}`],
        AllowedMethods: expect.arrayContaining(["POST"]),
      },
    ]);
  });
});

describe("queues", () => {
  const queues = () => ofType(plain.data, "AWS::SQS::Queue");
  const withDeadLetters = () => queues().filter(([, { Properties }]) => Properties.RedrivePolicy);

  test("jobs and webhooks have a dead-letter queue, used after ten deliveries", () => {
    expect(
      withDeadLetters()
        .map(([name]) => name.replace(/[0-9A-F]{8}$/, ""))
        .sort(),
    ).toEqual(["Jobs", "Webhooks"]);
    for (const [, { Properties }] of withDeadLetters()) expect(Properties.RedrivePolicy.maxReceiveCount).toBe(10);
  });

  test("every queue has an alarm: on its age, or for a dead-letter queue on its length", () => {
    const alarms = ofType(plain.data, "AWS::CloudWatch::Alarm").map(([, { Properties }]) => Properties);
    for (const [name, { Properties }] of queues()) {
      const MetricName = Properties.RedrivePolicy
        ? "ApproximateAgeOfOldestMessage"
        : "ApproximateNumberOfMessagesVisible";
      const own = alarms.filter((alarm) => alarm.MetricName === MetricName && refersTo(alarm.Dimensions, name));
      expect(own, name).toHaveLength(1);
    }
  });

  test("every queue is encrypted and reachable over TLS only", () => {
    for (const [name, { Properties }] of queues()) {
      expect(Properties.SqsManagedSseEnabled, name).toBe(true);
      const policies = everyOf(plain, "AWS::SQS::QueuePolicy").filter(([, policy]) =>
        refersTo(policy.Properties.Queues, name),
      );
      expect(deniesWithoutTls(policies[0]![1].Properties.PolicyDocument), name).toBe(true);
    }
  });

  test("a queue hides a message for at least six times its function's timeout", () => {
    const mappings = everyOf(plain, "AWS::Lambda::EventSourceMapping");
    const consumed: string[] = [];
    for (const [name, { Properties }] of queues()) {
      const consumers = mappings.filter(([, mapping]) => refersTo(mapping.Properties.EventSourceArn, name));
      if (consumers.length === 0) continue;
      consumed.push(name.slice(0, -8));
      const [[, consumer]] = consumers as [[string, Resource]];
      // By an alias, where new code gets a share of the messages first.
      const called = consumer.Properties.FunctionName.Ref as string;
      const alias = everyOf(plain, "AWS::Lambda::Alias").find(([id]) => id === called)?.[1].Properties;
      const functionId = alias?.FunctionName.Ref ?? called;
      const { Timeout } = everyOf(plain, "AWS::Lambda::Function").find(([id]) => id === functionId)![1].Properties;
      expect(Properties.VisibilityTimeout, name).toBeGreaterThanOrEqual(6 * Timeout);
      expect(consumer.Properties.FunctionResponseTypes).toEqual(["ReportBatchItemFailures"]);
    }
    expect(consumed.sort()).toEqual(["Jobs", "JobsDead", "Webhooks"]);
  });

  test("the job queue retains a message longer than a job lasts, but at most twice as long", () => {
    const seconds = withDeadLetters().find(([name]) => name.startsWith("Jobs"))![1].Properties.MessageRetentionPeriod;
    expect(seconds).toBeGreaterThan(DEFAULT_POLICY.maxSeconds);
    expect(seconds).toBeLessThanOrEqual(2 * DEFAULT_POLICY.maxSeconds);
  });

  test("a customer managed key encrypts table, bucket, queues and secret", () => {
    for (const [, { Properties }] of ofType(full.data, "AWS::SQS::Queue")) expect(Properties.KmsMasterKeyId).toBe(KEY);
    expect(one(full.data, "AWS::DynamoDB::Table").Properties.SSESpecification).toMatchObject({ KMSMasterKeyId: KEY });
    expect(one(full.data, "AWS::SecretsManager::Secret").Properties.KmsKeyId).toBe(KEY);
    expect(refersTo(one(full.data, "AWS::S3::Bucket", "Bucket").Properties.BucketEncryption, KEY)).toBe(true);
  });
});

type Statement = { Effect: string; Action: string; Principal: unknown; Condition?: unknown };

function deniesWithoutTls({ Statement: statements }: { readonly Statement: readonly Statement[] }): boolean {
  return statements.some(
    ({ Effect, Action, Condition }) =>
      Effect === "Deny" &&
      /^(s3|sqs):\*$/.test(String(Action)) &&
      JSON.stringify(Condition) === JSON.stringify({ Bool: { "aws:SecureTransport": "false" } }),
  );
}
