// What the doctor says of an account, by answers as AWS gives them.
import { expect, test } from "vitest";
import { quotasClient, stsClient } from "../../../infra/aws/clients/account.ts";
import { lambdaClient } from "../../../infra/aws/clients/lambda.ts";
import { checkAccount } from "../../../infra/aws/doctor.ts";
import { type Answer, stubbedClient } from "../../support/aws/stubbed-client.ts";

const xml = (action: string, result: string): Answer => ({
  status: 200,
  headers: { "content-type": "text/xml" },
  body: `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result>${result}</${action}Result></${action}Response>`,
});
const ME = xml(
  "GetCallerIdentity",
  "<Arn>arn:aws:iam::123456789012:user/ada</Arn><UserId>AID</UserId><Account>123456789012</Account>",
);
const CREDENTIALS =
  "<Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>S</SecretAccessKey><SessionToken>T</SessionToken><Expiration>2027-01-01T00:00:00Z</Expiration></Credentials>";
const TAKEN_ON = xml("AssumeRole", CREDENTIALS);
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
const functionsAtOnce = (count: number) => json({ AccountLimit: { ConcurrentExecutions: count } });
const processors = (value: number) => json({ Quota: { Value: value } });

function account(told: { sts: Answer[]; lambda?: Answer[]; quotas?: Answer[] }) {
  const sts = stubbedClient(stsClient, told.sts);
  const lambda = stubbedClient(lambdaClient, told.lambda ?? []);
  const quotas = stubbedClient(quotasClient, told.quotas ?? []);
  const clients = { sts: sts.client, lambda: lambda.client, quotas: quotas.client, region: "eu-central-1" };
  return { clients, requests: { sts: sts.requests, lambda: lambda.requests, quotas: quotas.requests } };
}

test("an account that is ready", async () => {
  const { clients, requests } = account({
    sts: [ME, TAKEN_ON],
    lambda: [functionsAtOnce(1_000)],
    quotas: [processors(64)],
  });
  const findings = await checkAccount(clients, { workers: 10, gpu: true });
  expect(findings.map(({ what, state }) => [what, state])).toEqual([
    ["credentials", "ok"],
    ["CDK's roles", "ok"],
    ["Lambda at once", "ok"],
    ["GPU machines on Spot", "ok"],
  ]);
  expect(findings[0]!.found).toBe("arn:aws:iam::123456789012:user/ada in eu-central-1");
  expect(Buffer.from(requests.sts[1]!.body).toString()).toContain(
    encodeURIComponent("arn:aws:iam::123456789012:role/cdk-hnb659fds-deploy-role-123456789012-eu-central-1"),
  );
});

test("nobody is signed in: nothing else is asked", async () => {
  const { clients, requests } = account({ sts: [DENIED] });
  const findings = await checkAccount(clients, { workers: 10, gpu: true });
  expect(findings).toMatchObject([
    { what: "credentials", state: "problem", advice: expect.stringContaining("aws sso login") },
  ]);
  expect([...requests.lambda, ...requests.quotas]).toEqual([]);
});

test("CDK was never here", async () => {
  const { clients } = account({ sts: [ME, DENIED], lambda: [functionsAtOnce(1_000)] });
  const findings = await checkAccount(clients, { workers: 10, gpu: false });
  expect(findings[1]).toMatchObject({
    state: "problem",
    advice: expect.stringContaining("npx cdk bootstrap aws://123456789012/eu-central-1"),
  });
});

test("a new account may run ten functions, which is too few for ten workers", async () => {
  const { clients } = account({ sts: [ME, TAKEN_ON], lambda: [functionsAtOnce(10)] });
  const findings = await checkAccount(clients, { workers: 10, gpu: false });
  expect(findings[2]).toMatchObject({
    state: "warning",
    found: "10 functions, and 30 are wanted",
    advice: expect.stringContaining("--quota-code L-B99A9384"),
  });
});

test("no GPU is allowed: a problem. Fewer than wanted: a warning", async () => {
  const asked = async (quotas: Answer[]) => {
    const { clients } = account({ sts: [ME, TAKEN_ON], lambda: [functionsAtOnce(1_000)], quotas });
    return (await checkAccount(clients, { workers: 4, gpu: true }))[3]!;
  };
  const own = json({ Message: "no such quota" }, 400, "NoSuchResourceException");
  expect(await asked([own, processors(0)])).toMatchObject({
    state: "problem",
    found: "0 processors of G and VT machines: 0 at once, and 4 are wanted",
    advice: expect.stringContaining("--quota-code L-3819A6DF --desired-value 16"),
  });
  expect(await asked([processors(8)])).toMatchObject({ state: "warning", found: expect.stringContaining("2 at once") });
});

test("what cannot be asked is told, and stops nothing", async () => {
  const refused = json({ Message: "not yours" }, 403, "AccessDeniedException");
  const { clients } = account({ sts: [ME, TAKEN_ON], lambda: [refused], quotas: [refused] });
  const findings = await checkAccount(clients, { workers: 4, gpu: true });
  expect(findings.slice(2)).toMatchObject([
    { state: "warning", found: "could not be asked: not yours" },
    { state: "warning", found: "could not be asked: not yours" },
  ]);
});
