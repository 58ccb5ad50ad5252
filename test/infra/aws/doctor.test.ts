// The doctor's findings for stubbed responses of AWS.
import { expect, test } from "vitest";
import { countDistributions } from "../../../infra/aws/clients/cloudfront.ts";
import { lambdaClient } from "../../../infra/aws/clients/lambda.ts";
import { quotasClient } from "../../../infra/aws/clients/service-quotas.ts";
import { stsClient } from "../../../infra/aws/clients/sts.ts";
import { checkAccount } from "../../../infra/aws/doctor.ts";
import { CREDENTIALS as MOTO_CREDENTIALS } from "../../support/aws/moto-clients.ts";
import { moto, onMoto } from "../../support/aws/moto-resources.ts";
import { type Answer, stubbedClient } from "../../support/aws/stubbed-client.ts";

const xml = (action: string, result: string): Answer => ({
  status: 200,
  headers: { "content-type": "text/xml" },
  body: `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result>${result}</${action}Result></${action}Response>`,
});
const IDENTITY = xml(
  "GetCallerIdentity",
  "<Arn>arn:aws:iam::123456789012:user/ada</Arn><UserId>AID</UserId><Account>123456789012</Account>",
);
const CREDENTIALS =
  "<Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>S</SecretAccessKey><SessionToken>T</SessionToken><Expiration>2027-01-01T00:00:00Z</Expiration></Credentials>";
const ASSUMED = xml("AssumeRole", CREDENTIALS);
const DENIED: Answer = {
  status: 403,
  headers: { "content-type": "text/xml" },
  body: "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not authorized to perform: sts:AssumeRole</Message></Error></ErrorResponse>",
};
const json = (body: object, status = 200, type?: string): Answer => ({
  status,
  headers: { "content-type": "application/x-amz-json-1.1", ...(type && { "x-amzn-errortype": type }) },
  body: JSON.stringify(type ? { __type: type, ...body } : body),
});
const concurrency = (count: number) => json({ AccountLimit: { ConcurrentExecutions: count } });
const gpuQuota = (value: number) => json({ Quota: { Value: value } });

const KEY_ARN = "arn:aws:kms:eu-central-1:123456789012:key/1";
const KEY_POLICY = JSON.stringify({
  Statement: [
    { Effect: "Allow", Principal: { AWS: "arn:aws:iam::123456789012:root" }, Action: "kms:*" },
    { Effect: "Allow", Principal: { Service: "cloudfront.amazonaws.com" }, Action: "kms:Decrypt" },
  ],
});

function account(
  responses: { sts: Answer[]; lambda?: Answer[]; quotas?: Answer[] },
  countDistributions = async () => 1,
  region = "eu-central-1",
) {
  const sts = stubbedClient(stsClient, responses.sts);
  const lambda = stubbedClient(lambdaClient, responses.lambda ?? []);
  const quotas = stubbedClient(quotasClient, responses.quotas ?? []);
  const clients = {
    sts: sts.client,
    lambda: lambda.client,
    quotas: quotas.client,
    countDistributions,
    ec2: async () => () => ["a", "b", "c"],
    readKeyPolicy: async () => KEY_POLICY,
    region,
  };
  return { clients, requests: { sts: sts.requests, lambda: lambda.requests, quotas: quotas.requests } };
}

test("finds nothing wrong with an account that is ready", async () => {
  const { clients, requests } = account({
    sts: [IDENTITY, ASSUMED],
    lambda: [concurrency(1_000)],
    quotas: [gpuQuota(64)],
  });
  const findings = await checkAccount(clients, { workers: 10, gpu: true, zones: 3, key: KEY_ARN });
  expect(findings.map(({ subject, state }) => [subject, state])).toEqual([
    ["credentials", "ok"],
    ["CDK bootstrap roles", "ok"],
    ["Lambda concurrency", "ok"],
    ["GPU Spot quota", "ok"],
    ["availability zones", "ok"],
    ["key policy", "ok"],
    ["CloudFront", "ok"],
  ]);
  expect(findings[0]!.found).toBe("arn:aws:iam::123456789012:user/ada in eu-central-1");
  expect(Buffer.from(requests.sts[1]!.body).toString()).toContain(
    encodeURIComponent("arn:aws:iam::123456789012:role/cdk-hnb659fds-deploy-role-123456789012-eu-central-1"),
  );
});

test("checks nothing else without credentials", async () => {
  const { clients, requests } = account({ sts: [DENIED] });
  const findings = await checkAccount(clients, { workers: 10, gpu: true, zones: 3 });
  expect(findings).toMatchObject([
    { subject: "credentials", state: "problem", advice: expect.stringContaining("aws sso login") },
  ]);
  expect([...requests.lambda, ...requests.quotas]).toEqual([]);
});

test("reports an account that was not bootstrapped as a problem", async () => {
  const { clients } = account({ sts: [IDENTITY, DENIED], lambda: [concurrency(1_000)] });
  const findings = await checkAccount(clients, { workers: 10, gpu: false, zones: 3 });
  expect(findings[1]).toMatchObject({
    state: "problem",
    advice: expect.stringContaining("npx cdk bootstrap aws://123456789012/eu-central-1"),
  });
});

test("warns about a new account's limit of ten concurrent functions", async () => {
  const { clients } = account({ sts: [IDENTITY, ASSUMED], lambda: [concurrency(10)] });
  const findings = await checkAccount(clients, { workers: 10, gpu: false, zones: 3 });
  expect(findings[2]).toMatchObject({
    state: "warning",
    found: "10 concurrent functions; 30 are needed",
    advice: expect.stringContaining("--quota-code L-B99A9384"),
  });
});

test("reports a GPU quota of zero as a problem, and one that is too small as a warning", async () => {
  const check = async (quotas: Answer[]) => {
    const { clients } = account({ sts: [IDENTITY, ASSUMED], lambda: [concurrency(1_000)], quotas });
    return (await checkAccount(clients, { workers: 4, gpu: true, zones: 3 }))[3]!;
  };
  const noOwnValue = json({ Message: "no such quota" }, 400, "NoSuchResourceException");
  expect(await check([noOwnValue, gpuQuota(0)])).toMatchObject({
    state: "problem",
    found: "0 vCPUs of G and VT machines: enough for 0; 4 are needed",
    advice: expect.stringContaining("--quota-code L-3819A6DF --desired-value 16"),
  });
  expect(await check([gpuQuota(8)])).toMatchObject({
    state: "warning",
    found: expect.stringContaining("enough for 2;"),
  });
});

test("reports checks that fail as warnings, and goes on", async () => {
  const refused = json({ Message: "not yours" }, 403, "AccessDeniedException");
  const responses = { sts: [IDENTITY, ASSUMED], lambda: [refused], quotas: [refused] };
  const { clients } = account(responses, () => Promise.reject(new Error("not yours")));
  const ec2 = () => Promise.reject(new Error("not yours"));
  const findings = await checkAccount({ ...clients, ec2 }, { workers: 4, gpu: true, zones: 3 });
  expect(findings.slice(2)).toMatchObject([
    { state: "warning", found: "could not be checked: not yours" },
    { state: "warning", found: "could not be checked: not yours" },
    { subject: "availability zones", state: "warning", found: "could not be checked: not yours" },
    { state: "warning", found: "could not be checked: not yours" },
  ]);
});

test("warns of an account that has never used CloudFront, and says how to deploy without it", async () => {
  const { clients } = account({ sts: [IDENTITY, ASSUMED], lambda: [concurrency(1_000)] }, async () => 0);
  const findings = await checkAccount(clients, { workers: 10, gpu: false, zones: 3 });
  expect(findings.at(-1)).toMatchObject({
    subject: "CloudFront",
    state: "warning",
    advice: expect.stringContaining("-c unclip:front=off"),
  });
});

test.each(["cn-north-1", "us-gov-west-1", "us-iso-east-1"])("refuses the partition of %s", async (region) => {
  const { clients, requests } = account({ sts: [] }, undefined, region);
  expect(await checkAccount(clients, { workers: 10, gpu: false, zones: 3 })).toMatchObject([
    { subject: "region", state: "problem", found: `${region} is not supported` },
  ]);
  expect(requests.sts).toEqual([]);
});

test("counts distributions by a signed request, and reports what CloudFront answers", async () => {
  const counted = (Quantity: number): Answer => ({
    status: 200,
    body: `<DistributionList><Marker/><MaxItems>1</MaxItems><Quantity>${Quantity}</Quantity></DistributionList>`,
  });
  const denied = { status: 403, body: "<ErrorResponse><Error><Message>not yours</Message></Error></ErrorResponse>" };
  const { client, requests } = stubbedClient(
    (config) => () => countDistributions(config),
    [counted(0), counted(1), denied, { status: 503 }],
  );
  expect([await client(), await client()]).toEqual([0, 1]);
  await expect(client()).rejects.toThrow("not yours");
  await expect(client()).rejects.toThrow("status 503");
  const [{ headers, path }] = requests as [(typeof requests)[0]];
  expect(path).toContain("/distribution?MaxItems=1");
  const authorization = Object.entries(headers).find(([name]) => name.toLowerCase() === "authorization")![1];
  expect(authorization).toContain("/us-east-1/cloudfront/aws4_request");
});

onMoto("CloudFront", () => {
  test("answers how many distributions there are", async () => {
    expect(await countDistributions({ region: "eu-central-1", endpoint: moto!, credentials: MOTO_CREDENTIALS })).toBe(
      0,
    );
  });
});
