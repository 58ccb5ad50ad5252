// What an owner has of a deployment after the first day: alarms in a chat, job events on a bus.
import { beforeAll, expect, test } from "vitest";
import { toItem } from "../../infra/aws/item.ts";
import { EVERYTHING, everyOf, ofType, one, refersTo, synthesise, type Templates } from "../support/cdk/synth.ts";
import { createRecord } from "../support/jobs/records.ts";

let plain: Templates;
let full: Templates;

beforeAll(() => {
  plain = synthesise().templates;
  full = synthesise(EVERYTHING).templates;
}, 120_000);

test("alarms reach the channels of Slack and Teams, and nobody there may do anything in the account", () => {
  const slack = one(full.data, "AWS::Chatbot::SlackChannelConfiguration").Properties;
  const teams = one(full.data, "AWS::Chatbot::MicrosoftTeamsChannelConfiguration").Properties;
  expect(slack).toMatchObject({ SlackWorkspaceId: "T0123ABCD", SlackChannelId: "C0123ABCD" });
  const [tenant, team, channel] = EVERYTHING.teams.split("/");
  expect(teams).toMatchObject({ TeamsTenantId: tenant, TeamId: team, TeamsChannelId: encodeURIComponent(channel!) });
  for (const { SnsTopicArns, GuardrailPolicies, IamRoleArn } of [slack, teams]) {
    expect(refersTo(SnsTopicArns, "Alarms")).toBe(true);
    // Without a guardrail, the default is AdministratorAccess.
    expect(GuardrailPolicies).toEqual(["arn:aws:iam::aws:policy/CloudWatchReadOnlyAccess"]);
    const role = IamRoleArn["Fn::GetAtt"][0] as string;
    const policies = everyOf(full, "AWS::IAM::Policy").filter(([, { Properties }]) => refersTo(Properties.Roles, role));
    expect([policies, full.data!.Resources[role]!.Properties.ManagedPolicyArns]).toEqual([[], undefined]);
  }
  expect(everyOf(plain, "AWS::Chatbot::SlackChannelConfiguration")).toEqual([]);
});

test("a domain and its hosted zone are all that a domain of one's own needs", () => {
  const { api } = synthesise({ domain: "pictures.example.com", hostedZone: "Z0123456789ABC" }).templates;
  const named = (type: string) => ofType(api, type).map(([, { Properties }]) => Properties);
  expect(named("AWS::CertificateManager::Certificate")).toMatchObject(
    ["pictures.example.com", "ws.pictures.example.com"].map((DomainName) => ({
      DomainName,
      ValidationMethod: "DNS",
      DomainValidationOptions: [{ DomainName, HostedZoneId: "Z0123456789ABC" }],
    })),
  );
  const { Aliases, ViewerCertificate } = one(api, "AWS::CloudFront::Distribution").Properties.DistributionConfig;
  expect(Aliases).toEqual(["pictures.example.com"]);
  expect(refersTo(ViewerCertificate, "FrontCertificate")).toBe(true);
  const [rule] = Object.entries(api!.Rules!).filter(([name]) => name.startsWith("CertificateRegion"));
  expect(rule![1]).toMatchObject({ Assertions: [{ Assert: { "Fn::Equals": [{ Ref: "AWS::Region" }, "us-east-1"] } }] });
  const records = named("AWS::Route53::RecordSet").map(({ Name, Type, AliasTarget }) => [Name, Type, AliasTarget]);
  expect(records.map(([name, type]) => `${name} ${type}`)).toEqual([
    "pictures.example.com A",
    "pictures.example.com AAAA",
    "ws.pictures.example.com A",
    "ws.pictures.example.com AAAA",
  ]);
  for (const [name, , target] of records) {
    expect(refersTo(target, name.startsWith("ws.") ? "RegionalDomainName" : "DomainName"), name).toBe(true);
  }
  const mapping = one(api, "AWS::ApiGatewayV2::ApiMapping").Properties;
  expect(refersTo(mapping.ApiId, "SocketsApi")).toBe(true);
  expect(mapping.Stage).toBeDefined();
  expect(api!.Outputs!.SocketUrl!.Value).toBe("wss://ws.pictures.example.com");
  // With a certificate of its own, any region will do.
  const elsewhere = synthesise({ ...EVERYTHING, hostedZone: "Z0123456789ABC" }).templates.api!;
  expect(ofType(elsewhere, "AWS::CertificateManager::Certificate")).toHaveLength(1);
  expect(Object.keys(elsewhere.Rules ?? {}).filter((name) => name.startsWith("CertificateRegion"))).toEqual([]);
});

test("jobs that are new or have ended become events with what their item shows", () => {
  expect(everyOf(plain, "AWS::Pipes::Pipe")).toEqual([]);
  const { SourceParameters, TargetParameters, Target } = one(full.maintenance, "AWS::Pipes::Pipe").Properties;
  expect(refersTo(Target, ":event-bus/default")).toBe(true);
  const patterns = SourceParameters.FilterCriteria.Filters.map(({ Pattern }: { Pattern: string }) =>
    JSON.parse(Pattern),
  );
  const Keys = { sk: { S: ["RECORD"] } };
  expect(patterns).toEqual([
    { eventName: ["INSERT"], dynamodb: { Keys } },
    { eventName: ["MODIFY"], dynamodb: { Keys, NewImage: { endedAt: { N: [{ exists: true }] } } } },
  ]);
  const paths = [...TargetParameters.InputTemplate.matchAll(/<\$\.dynamodb\.(?:NewImage|Keys)\.(\w+)\.([SN])>/g)];
  expect(paths).toHaveLength(5);
  const item = toItem(createRecord({ owner: "someone" }), "write", 1) as Record<string, Record<string, string>>;
  for (const [, attribute, type] of paths) expect(item[attribute!]![type!], attribute).toBeTypeOf("string");
});
