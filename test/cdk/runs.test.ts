// Functions, API and GPU workers, as the templates declare them.
import { runInNewContext } from "node:vm";
import { beforeAll, describe, expect, test } from "vitest";
import { DENY_LIST } from "../../cdk/deny-list.ts";
import type { ENTRIES } from "../../cdk/lambda-entries.ts";
import { STREAM_PATH } from "../../functions/aws/http.ts";
import { AWS_VARIABLES, awsSettings } from "../../infra/config/env.ts";
import {
  EVERYTHING,
  everyOf,
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

/** The function of an entry. */
const lambda = (templates: Templates, entry: string): Resource => {
  const begins = entry.replace("-", "");
  const found = everyOf(templates, "AWS::Lambda::Function").filter(([name]) =>
    [`${begins}Function`, `Sockets${begins}Function`].some((start) => name.startsWith(start)),
  );
  expect(found, entry).toHaveLength(1);
  return found[0]![1];
};

describe("functions", () => {
  test("each function has its own role, alarms and a log group with a retention time", () => {
    const alarms = everyOf(full, "AWS::CloudWatch::Alarm").map(([, { Properties }]) => Properties);
    for (const [name, { Properties }] of everyOf(full, "AWS::Lambda::Function")) {
      expect(Properties.LoggingConfig.LogGroup.Ref, name).toBeDefined();
      const own = alarms.filter((alarm) => refersTo(alarm.Dimensions ?? [], name)).map(({ MetricName }) => MetricName);
      expect(own, name).toEqual(expect.arrayContaining(["Errors", "Throttles"]));
    }
    for (const [, { Properties }] of everyOf(full, "AWS::Logs::LogGroup")) expect(Properties.RetentionInDays).toBe(30);
    const roles = everyOf(full, "AWS::Lambda::Function").map(([, { Properties }]) => JSON.stringify(Properties.Role));
    expect(new Set(roles).size).toBe(roles.length);
  });

  test("each function gets the environment variables that it reads, and no unknown ones", () => {
    const known = new Set<string>([...Object.values(AWS_VARIABLES), "NODE_ENV"]);
    const readable = (properties: Resource["Properties"]) =>
      awsSettings({
        ...Object.fromEntries(
          Object.keys(properties.Environment.Variables).map((name) => [name, "https://somewhere/x"]),
        ),
        ...Object.fromEntries(
          Object.entries(properties.Environment.Variables).filter(([, value]) => typeof value === "string"),
        ),
      } as Record<string, string>);
    const needs = {
      graphql: ["table", "bucket", "queue", "secret", "embedder", "model", "quota", "keptDays", "introspection"],
      stream: ["table", "bucket", "queue", "secret", "embedder", "model", "quota", "keptDays", "introspection"],
      socket: ["table", "bucket", "queue", "secret", "embedder", "model", "sockets"],
      fanout: ["table", "bucket", "queue", "secret", "embedder", "model", "sockets", "webhookQueue"],
      sweeper: ["table", "queue", "webhookQueue", "keptDays"],
      "dead-letter": ["table", "queue", "keptDays"],
      webhook: ["table", "queue", "bucket", "secret", "webhookQueue"],
      scaler: ["table", "queue", "batchQueue", "batchJob", "maxWorkers"],
    } as const satisfies Record<keyof typeof ENTRIES, readonly (keyof typeof AWS_VARIABLES)[]>;
    for (const [entry, names] of Object.entries(needs)) {
      const { Properties } = lambda(full, entry);
      const settings = readable(Properties);
      for (const name of Object.keys(Properties.Environment.Variables)) expect(known, entry).toContain(name);
      for (const name of names)
        expect(() => settings[name as keyof typeof settings], `${entry}: ${name}`).not.toThrow();
    }
    const { oidc, model, denyList } = readable(lambda(full, "graphql").Properties);
    expect(denyList).toBe(DENY_LIST);
    expect(oidc).toEqual({ issuer: EVERYTHING.oidcIssuer, audience: "unclip" });
    expect(model.name).toBe("picto");
  });

  test("the draw function takes one job at a time, and runs up to maxWorkers times", () => {
    const mapping = one(plain.workers, "AWS::Lambda::EventSourceMapping").Properties;
    expect(mapping).toMatchObject({ BatchSize: 1, ScalingConfig: { MaximumConcurrency: 10 } });
    expect(lambda(plain, "draw").Properties).toMatchObject({ PackageType: "Image", Timeout: 900, MemorySize: 3_008 });
    expect(lambda(plain, "draw").Properties.Environment.Variables.UNCLIP_PROVIDER).toBe("cpu");
  });

  test("functions that run every minute are neither retried nor queued", () => {
    const noRetry = { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 };
    for (const entry of ["sweeper", "scaler"] as const) {
      const [, rule] = everyOf(full, "AWS::Events::Rule").find(([name]) => name.startsWith(entry))!;
      expect(rule.Properties.Targets[0].RetryPolicy, entry).toEqual(noRetry);
      const invoke = everyOf(full, "AWS::Lambda::EventInvokeConfig").find(([name]) => name.startsWith(entry));
      expect(invoke?.[1].Properties, entry).toMatchObject(noRetry);
    }
  });
});

describe("the API", () => {
  test("throttles, and logs requests without headers, bodies or addresses", () => {
    const { Properties } = one(plain.api, "AWS::ApiGatewayV2::Stage", "HttpStage");
    expect(Properties.DefaultRouteSettings).toEqual({ ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 });
    const raised = synthesise({ rate: "300", streams: "40" }).templates;
    const limits = (name: string) => one(raised.api, "AWS::ApiGatewayV2::Stage", name).Properties.DefaultRouteSettings;
    expect(limits("HttpStage")).toEqual({ ThrottlingRateLimit: 300, ThrottlingBurstLimit: 600 });
    expect(limits("SocketsStage")).toEqual({ ThrottlingRateLimit: 1_200, ThrottlingBurstLimit: 2_400 });
    expect(lambda(raised, "stream").Properties.ReservedConcurrentExecutions).toBe(40);
    expect(lambda(raised, "graphql").Properties.ReservedConcurrentExecutions).toBeUndefined();
    expect(Properties.AccessLogSettings.Format).not.toMatch(/sourceIp|authorization|header/i);
  });

  test("serves streams under a path of their own, and caches nothing", () => {
    expect(one(plain.api, "AWS::Lambda::Url").Properties.InvokeMode).toBe("RESPONSE_STREAM");
    const { DistributionConfig } = one(plain.api, "AWS::CloudFront::Distribution").Properties;
    expect(DistributionConfig.CacheBehaviors).toMatchObject([{ PathPattern: STREAM_PATH }, { PathPattern: "/v1/*" }]);
    const { FunctionCode } = one(plain.api, "AWS::CloudFront::Function").Properties;
    const request = { method: "POST", uri: STREAM_PATH, querystring: { query: "{ __typename }" } };
    const rewritten = runInNewContext(`${FunctionCode}; handler({ request: ${JSON.stringify(request)} })`);
    expect({ ...rewritten }).toEqual({ ...request, uri: "/graphql" });
    const DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";
    for (const behavior of [DistributionConfig.DefaultCacheBehavior, ...DistributionConfig.CacheBehaviors]) {
      expect(behavior).toMatchObject({ CachePolicyId: DISABLED, ViewerProtocolPolicy: "https-only" });
    }
  });

  test("routes WebSocket messages, and sends only changes of job records to fanout", () => {
    const routes = everyOf(plain, "AWS::ApiGatewayV2::Route").map(([, { Properties }]) => Properties.RouteKey);
    expect(routes.sort()).toEqual(["$connect", "$default", "$disconnect", "ANY /{proxy+}"]);
    const mapping = one(plain.api, "AWS::Lambda::EventSourceMapping").Properties;
    expect(mapping).toMatchObject({
      BisectBatchOnFunctionError: true,
      StartingPosition: "TRIM_HORIZON",
      FunctionResponseTypes: ["ReportBatchItemFailures"],
    });
    expect(JSON.parse(mapping.FilterCriteria.Filters[0].Pattern)).toEqual({
      eventName: ["INSERT", "MODIFY"],
      dynamodb: { Keys: { sk: { S: ["RECORD"] } } },
    });
    expect(refersTo(mapping.DestinationConfig, "EventsDead")).toBe(true);
  });

  test("uses the custom domain and the web ACL", () => {
    const { DistributionConfig } = one(full.api, "AWS::CloudFront::Distribution").Properties;
    expect(DistributionConfig).toMatchObject({
      Aliases: [EVERYTHING.domain],
      WebACLId: EVERYTHING.webAcl,
      ViewerCertificate: { AcmCertificateArn: EVERYTHING.certificate, MinimumProtocolVersion: "TLSv1.2_2021" },
    });
  });
});

describe("GPUs", () => {
  test("gpu off creates no Batch resources, network or machines", () => {
    expect(Object.keys(plain).sort()).toEqual(["api", "data", "maintenance", "observability", "workers"]);
    const types = Object.values(plain).flatMap(({ Resources }) => Object.values(Resources).map(({ Type }) => Type));
    expect(types.filter((type) => /^AWS::(Batch|EC2|ECS)::/.test(type))).toEqual([]);
  });

  test("gpu on creates Spot machines from zero to maxWorkers, and no draw function", () => {
    const { ComputeResources } = one(full.gpu, "AWS::Batch::ComputeEnvironment").Properties;
    expect(ComputeResources).toMatchObject({
      Type: "SPOT",
      MinvCpus: 0,
      MaxvCpus: 8,
      InstanceTypes: ["g4dn.xlarge", "g5.xlarge", "g6.xlarge"],
      Ec2Configuration: [{ ImageType: "ECS_AL2023_NVIDIA" }],
    });
    const [[template] = []] = ofType(full.gpu, "AWS::EC2::LaunchTemplate");
    expect(ComputeResources.LaunchTemplate.Version).toEqual({ "Fn::GetAtt": [template, "LatestVersionNumber"] });
    expect(
      everyOf(full, "AWS::Lambda::EventSourceMapping")
        .map(([name]) => name)
        .join(),
    ).not.toMatch(/draw/);
    expect(
      everyOf(full, "AWS::Events::Rule").filter(([name]) => name.startsWith("scaler"))[0]![1].Properties,
    ).toMatchObject({
      ScheduleExpression: "rate(1 minute)",
    });
  });

  test("larger instance types raise the vCPU limit, so that maxWorkers still fit", () => {
    const { gpu } = synthesise({ gpu: "on", gpuInstances: "g4dn.xlarge, g5.2xlarge", maxWorkers: "5" }).templates;
    expect(one(gpu, "AWS::Batch::ComputeEnvironment").Properties.ComputeResources.MaxvCpus).toBe(40);
  });

  test("a worker has one GPU, writes to /tmp only, downloads its weights and is retried after a Spot interruption", () => {
    const { ContainerProperties, RetryStrategy } = one(full.gpu, "AWS::Batch::JobDefinition").Properties;
    expect(ContainerProperties).toMatchObject({
      ReadonlyRootFilesystem: true,
      ResourceRequirements: expect.arrayContaining([{ Type: "GPU", Value: "1" }]),
      MountPoints: [{ ContainerPath: "/tmp" }],
    });
    expect(refersTo(ContainerProperties.Command, "node download-bundle.js s3://")).toBe(true);
    expect(refersTo(ContainerProperties.Environment, "cuda")).toBe(true);
    expect(RetryStrategy.EvaluateOnExit).toEqual([
      { Action: "RETRY", OnStatusReason: "Host EC2*" },
      { Action: "EXIT", OnReason: "*" },
    ]);
  });

  test("alarms count workers that Batch cannot start and workers that failed", () => {
    const rules = ofType(full.gpu, "AWS::Events::Rule").filter(([, { Properties }]) => Properties.EventPattern);
    const patterns = rules.map(([, { Properties }]) => Properties.EventPattern);
    expect(patterns).toMatchObject([
      { source: ["aws.batch"], "detail-type": ["Batch Job Queue Blocked"] },
      { source: ["aws.batch"], "detail-type": ["Batch Job State Change"], detail: { status: ["FAILED"] } },
    ]);
    const [queue] = ofType(full.gpu, "AWS::Batch::JobQueue").map(([name]) => name);
    for (const { resources, detail } of patterns) expect(refersTo(resources ?? detail.jobQueue, queue!)).toBe(true);
    const counted = ofType(full.gpu, "AWS::CloudWatch::Alarm").map(([, { Properties }]) => Properties.Dimensions);
    for (const [name] of rules)
      expect(counted.filter((dimensions) => refersTo(dimensions ?? [], name))).toHaveLength(1);
  });

  test("the network has no NAT gateway or interface endpoint, and no inbound traffic", () => {
    expect(ofType(full.gpu, "AWS::EC2::NatGateway")).toEqual([]);
    const endpoints = ofType(full.gpu, "AWS::EC2::VPCEndpoint").map(([, { Properties }]) => Properties.VpcEndpointType);
    expect(endpoints).toEqual(["Gateway", "Gateway"]);
    const group = one(full.gpu, "AWS::EC2::SecurityGroup").Properties;
    expect(group.SecurityGroupIngress).toBeUndefined();
    expect(ofType(full.gpu, "AWS::EC2::SecurityGroupIngress")).toEqual([]);
    const { MetadataOptions } = one(full.gpu, "AWS::EC2::LaunchTemplate").Properties.LaunchTemplateData;
    expect(MetadataOptions).toMatchObject({ HttpTokens: "required", HttpPutResponseHopLimit: 2 });
  });
});

test("turning gpu on or off changes no export that another stack imports", () => {
  const exported = (templates: Templates) =>
    ["data", "workers", "api"].flatMap((stack) => Object.keys(templates[stack]?.Outputs ?? {})).sort();
  const { gpu, ...others } = EVERYTHING;
  const off = synthesise({ ...others, weights: "baked" }).templates;
  expect(gpu).toBe("on");
  expect(exported(off)).toEqual(exported(full));
});

test("a budget notifies the owner, if one is set", () => {
  expect(plain.budget).toBeUndefined();
  const { Budget, NotificationsWithSubscribers } = one(full.budget, "AWS::Budgets::Budget").Properties;
  expect(Budget.BudgetLimit).toEqual({ Amount: 50, Unit: "USD" });
  expect(refersTo(NotificationsWithSubscribers, EVERYTHING.email)).toBe(true);
});
