// Functions and API, as the templates declare them.
import { runInNewContext } from "node:vm";
import { beforeAll, describe, expect, test } from "vitest";
import { DENY_LIST } from "../../cdk/deny-list.ts";
import type { ENTRIES } from "../../cdk/lambda-entries.ts";
import { ORIGIN_HEADER, STREAM_PATH } from "../../functions/aws/http.ts";
import { AWS_VARIABLES, type AwsSettings, awsSettings, CALLER_LIMITS } from "../../infra/config/env.ts";
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
    [`${begins}Function`, `Sockets${begins}Function`, `Secrets${begins}Function`].some((start) =>
      name.startsWith(start),
    ),
  );
  expect(found, entry).toHaveLength(1);
  return found[0]![1];
};

describe("functions", () => {
  test("each function has its own role and a log group with a retention time", () => {
    for (const [name, { Properties }] of everyOf(full, "AWS::Lambda::Function")) {
      expect(Properties.LoggingConfig.LogGroup.Ref, name).toBeDefined();
    }
    for (const [, { Properties }] of everyOf(full, "AWS::Logs::LogGroup")) expect(Properties.RetentionInDays).toBe(30);
    const roles = everyOf(full, "AWS::Lambda::Function").map(([, { Properties }]) => JSON.stringify(Properties.Role));
    expect(new Set(roles).size).toBe(roles.length);
  });

  test("each function gets the environment variables that it reads, and no unknown ones", () => {
    const limits = Object.values(CALLER_LIMITS).map(({ variable }) => variable);
    const known = new Set<string>([...Object.values(AWS_VARIABLES), ...limits, "NODE_ENV"]);
    const readable = (properties: Resource["Properties"]) =>
      awsSettings({
        ...Object.fromEntries(Object.keys(properties.Environment.Variables).map((name) => [name, "https://somewhere"])),
        UNCLIP_PICTURE_KEY: "1:K2JCJMDEHXQW5F",
        ...Object.fromEntries(
          Object.entries(properties.Environment.Variables).filter(([, value]) => typeof value === "string"),
        ),
      } as Record<string, string>);
    const needs = {
      graphql: [
        "table",
        "bucket",
        "queue",
        "secret",
        "embedder",
        "model",
        "quota",
        "keptDays",
        "introspection",
        "pictures",
        "limits",
      ],
      stream: ["table", "bucket", "queue", "secret", "embedder", "model", "quota", "keptDays", "introspection"],
      socket: ["table", "bucket", "queue", "secret", "embedder", "model", "sockets"],
      fanout: ["table", "bucket", "queue", "secret", "embedder", "model", "sockets", "webhookQueue"],
      sweeper: ["table", "queue", "webhookQueue", "keptDays", "sockets"],
      "dead-letter": ["table", "queue", "keptDays"],
      webhook: ["table", "queue", "bucket", "secret", "webhookQueue", "pictures"],
      secrets: ["secret"],
      scaler: ["table", "queue", "batchQueue", "batchJob", "maxWorkers"],
    } as const satisfies Record<keyof typeof ENTRIES, readonly (keyof AwsSettings)[]>;
    for (const [entry, names] of Object.entries(needs)) {
      const { Properties } = lambda(full, entry);
      const settings = readable(Properties);
      for (const name of Object.keys(Properties.Environment.Variables)) expect(known, entry).toContain(name);
      for (const name of names) expect(() => settings[name], `${entry}: ${name}`).not.toThrow();
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

  test("serves streams under a path of their own, and caches only files whose names contain a hash", () => {
    expect(one(plain.api, "AWS::Lambda::Url").Properties.InvokeMode).toBe("RESPONSE_STREAM");
    const { DistributionConfig } = one(plain.api, "AWS::CloudFront::Distribution").Properties;
    expect(DistributionConfig.CacheBehaviors).toMatchObject([
      { PathPattern: STREAM_PATH },
      { PathPattern: "/v1/*" },
      { PathPattern: "/assets/*" },
    ]);
    const secrets = DistributionConfig.Origins.map(
      ({ OriginCustomHeaders }: { OriginCustomHeaders: { HeaderName: string; HeaderValue: unknown }[] }) =>
        OriginCustomHeaders,
    );
    const [name] = ofType(plain.data, "AWS::SecretsManager::Secret")[0]!;
    for (const headers of secrets) {
      expect(headers).toMatchObject([{ HeaderName: ORIGIN_HEADER }]);
      // The template has a reference to one value of the secret, which CloudFormation reads.
      expect(JSON.stringify(headers[0].HeaderValue)).toMatch(
        new RegExp(`resolve:secretsmanager:.*Ref${name}.*:SecretString:origin::`),
      );
    }
    for (const entry of ["graphql", "stream"]) {
      const { Variables } = lambda(plain, entry).Properties.Environment;
      expect(Variables[AWS_VARIABLES.originSecret], entry).toEqual(secrets[0][0].HeaderValue);
    }
    // A WebSocket API has no CloudFront in front of it.
    expect(lambda(plain, "socket").Properties.Environment.Variables[AWS_VARIABLES.originSecret]).toBeUndefined();
    const { FunctionCode } = one(plain.api, "AWS::CloudFront::Function").Properties;
    const request = { method: "POST", uri: STREAM_PATH, querystring: { query: "{ __typename }" } };
    const rewritten = runInNewContext(`${FunctionCode}; handler({ request: ${JSON.stringify(request)} })`);
    expect({ ...rewritten }).toEqual({ ...request, uri: "/graphql" });
    const DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";
    const OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6";
    for (const behavior of [DistributionConfig.DefaultCacheBehavior, ...DistributionConfig.CacheBehaviors]) {
      expect(behavior).toMatchObject({
        CachePolicyId: behavior.PathPattern === "/assets/*" ? OPTIMIZED : DISABLED,
        ViewerProtocolPolicy: "https-only",
      });
    }
  });

  test("routes WebSocket messages, and sends only changes of job records to fanout", () => {
    const routes = everyOf(plain, "AWS::ApiGatewayV2::Route").map(([, { Properties }]) => Properties.RouteKey);
    expect(routes.sort()).toEqual(["$connect", "$default", "$disconnect", "ANY /", "ANY /{proxy+}"]);
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

test("a budget notifies the owner, if one is set", () => {
  expect(plain.budget).toBeUndefined();
  const { Budget, NotificationsWithSubscribers } = one(full.budget, "AWS::Budgets::Budget").Properties;
  expect(Budget.BudgetLimit).toEqual({ Amount: 50, Unit: "USD" });
  expect(refersTo(NotificationsWithSubscribers, EVERYTHING.email)).toBe(true);
});
