// Least privilege, checked on every policy of every template.
import { beforeAll, expect, test } from "vitest";
import { EVERYTHING, everyOf, type Resource, refersTo, synthesise, type Templates } from "../support/cdk/synth.ts";

type Statement = {
  readonly stack: string;
  readonly holder: string;
  readonly actions: readonly string[];
  /** ARNs as text; a reference is {LogicalId.Attribute}. */
  readonly resources: readonly string[];
};

let templates: readonly Templates[];
let statements: readonly Statement[];

beforeAll(() => {
  templates = [synthesise(), synthesise(EVERYTHING)].map((synthesis) => synthesis.templates);
  statements = templates.flatMap((stacks) =>
    Object.entries(stacks).flatMap(([stack, { Resources }]) => granted(stack, Resources)),
  );
}, 120_000);

/** Actions that support no narrower resource than "*". */
const WITHOUT_RESOURCE = new Set(["batch:ListJobs", "cloudwatch:DescribeAlarms", "ecr:GetAuthorizationToken"]);
/** Resources that may end in a wildcard: the part before it names a single resource. */
const PARTS = /^[^*]+(\/(uploads|stages|previews|pictures|bundles|index|stream)\/\*|\/\*\/\*\/@connections\/\*)$/;

test("the templates contain policy statements", () => {
  expect(statements.length).toBeGreaterThan(100);
});

test("no action has a wildcard", () => {
  expect(statements.filter(({ actions }) => actions.some((action) => action.includes("*")))).toEqual([]);
});

test("no action applies to every resource, except those that support no narrower one", () => {
  const wide = statements.filter(({ resources }) => resources.includes("*"));
  expect(new Set(wide.flatMap(({ actions }) => actions))).toEqual(WITHOUT_RESOURCE);
});

test("a resource with a wildcard names one table, bucket or API, and a part of it", () => {
  const wildcards = statements.flatMap(({ resources }) => resources).filter((one) => one !== "*" && one.includes("*"));
  expect(wildcards.filter((one) => !PARTS.test(one))).toEqual([]);
});

test("no role passes roles, changes permissions or reads logs", () => {
  const wide = statements.filter(({ actions }) =>
    actions.some((action) => /^(iam|sts|kms:(Put|Create)|logs:Get|lambda:(Add|Update))/.test(action)),
  );
  // CodeDeploy moves the aliases of these functions, and may do nothing else.
  for (const { holder, actions } of wide) {
    expect(holder).toMatch(/CanaryRole/);
    expect([...actions].sort()).toEqual([
      "lambda:GetAlias",
      "lambda:GetProvisionedConcurrencyConfig",
      "lambda:UpdateAlias",
    ]);
  }
});

test("each function has exactly the actions that it uses", () => {
  const actionsOf = (holder: string) => {
    const own = statements.filter((one) => one.holder.toLowerCase().startsWith(holder));
    return [...new Set(own.flatMap(({ actions }) => actions))].filter((one) => !one.startsWith("logs:")).sort();
  };
  const JOBS = ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:PutItem"];
  const RECEIVE = ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"];
  const KEYS = ["kms:Decrypt", "kms:GenerateDataKey"];
  expect(actionsOf("embedrole")).toEqual(["kms:Decrypt", "s3:GetObject", "s3:ListBucket"]);
  expect(actionsOf("secretssecretsrole")).toEqual(
    [...KEYS, "secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"].sort(),
  );
  expect(actionsOf("scalerrole")).toEqual(
    [
      "batch:ListJobs",
      "batch:SubmitJob",
      ...JOBS,
      "dynamodb:Query",
      "dynamodb:UpdateItem",
      "kms:Decrypt",
      "sqs:GetQueueAttributes",
    ].sort(),
  );
  expect(actionsOf("deadletterrole")).toEqual([...JOBS, ...RECEIVE, "kms:Decrypt"].sort());
  expect(actionsOf("webhookrole")).toEqual(
    [...JOBS, ...KEYS, ...RECEIVE, "secretsmanager:GetSecretValue", "sqs:SendMessage"].sort(),
  );
  const worker = [
    ...JOBS,
    ...KEYS,
    ...RECEIVE,
    "s3:DeleteObject",
    "s3:GetObject",
    "s3:ListBucket",
    "s3:PutObject",
    "sqs:SendMessage",
  ].sort();
  expect(actionsOf("workerrole")).toEqual(worker);
  expect(actionsOf("drawrole")).toEqual(worker.filter((action) => !action.startsWith("kms:")));
  const api = [
    ...JOBS,
    ...KEYS,
    "dynamodb:DeleteItem",
    "dynamodb:Query",
    "dynamodb:UpdateItem",
    "lambda:InvokeFunction",
    "s3:DeleteObject",
    "s3:GetObject",
    "s3:ListBucket",
    "s3:PutObject",
    "secretsmanager:GetSecretValue",
    "sqs:GetQueueAttributes",
    "sqs:SendMessage",
  ].sort();
  expect(actionsOf("graphqlrole")).toEqual(api);
  expect(actionsOf("streamrole")).toEqual(api);
  expect(actionsOf("socketssocketrole")).toEqual([...api, "execute-api:ManageConnections"].sort());
  expect(actionsOf("sweeperrole")).toEqual(
    [
      ...JOBS,
      ...KEYS,
      "dynamodb:DeleteItem",
      "dynamodb:Query",
      "execute-api:ManageConnections",
      "sqs:SendMessage",
    ].sort(),
  );
  expect(actionsOf("socketsfanoutrole")).toEqual(expect.arrayContaining(["execute-api:ManageConnections"]));
  expect(actionsOf("graphqlrole")).not.toContain("execute-api:ManageConnections");
});

test("every role that reads or writes encrypted data may use the customer managed key, if there is one", () => {
  const holders = (stacks: Templates) =>
    Object.entries(stacks).flatMap(([stack, { Resources }]) =>
      granted(stack, Resources)
        .filter(({ actions }) => actions.some((action) => action.startsWith("kms:")))
        .map(({ holder }) => holder),
    );
  expect(holders(templates[0]!)).toEqual([]);
  const roles = everyOf(templates[1]!, "AWS::IAM::Policy").filter(([, one]) =>
    refersTo(one.Properties, "dynamodb:GetItem"),
  );
  for (const [name] of roles) expect(holders(templates[1]!)).toContain(name);
});

test("every role that reads the bucket may list it, because S3 answers 403 for missing objects otherwise", () => {
  for (const [name, { Properties }] of templates.flatMap((stacks) => everyOf(stacks, "AWS::IAM::Policy"))) {
    if (refersTo(Properties, "/uploads/*")) expect(refersTo(Properties, "s3:ListBucket"), name).toBe(true);
  }
});

test("the only AWS managed policy is that of ECS container instances", () => {
  const roles = templates.flatMap((stacks) => everyOf(stacks, "AWS::IAM::Role"));
  const managed = roles.flatMap(([, { Properties }]) => Properties.ManagedPolicyArns ?? []).map(text);
  expect(managed).toEqual(["arn:{AWS::Partition}:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role"]);
});

/** Statements with the effect Allow, in policies and inline in roles. */
function granted(stack: string, resources: Readonly<Record<string, Resource>>): Statement[] {
  return Object.entries(resources).flatMap(([holder, { Type, Properties }]) => {
    const inline = (Properties?.Policies ?? []).map((one: { PolicyDocument: unknown }) => one.PolicyDocument);
    const documents =
      Type === "AWS::IAM::Role" ? inline : /^AWS::IAM::.*Policy$/.test(Type) ? [Properties.PolicyDocument] : [];
    return documents
      .flatMap(({ Statement }: { Statement: readonly Record<string, unknown>[] }) => Statement)
      .filter(({ Effect }: Record<string, unknown>) => Effect === "Allow")
      .map(({ Action, Resource }: Record<string, unknown>) => ({
        stack,
        holder,
        actions: [Action].flat() as string[],
        resources: [Resource].flat().map(text),
      }));
  });
}

function text(value: unknown): string {
  if (typeof value === "string") return value;
  const [[kind, of]] = Object.entries(value as Record<string, unknown>) as [[string, unknown]];
  if (kind === "Fn::Join") {
    const [by, parts] = of as [string, unknown[]];
    return parts.map(text).join(by);
  }
  return `{${[of].flat().join(".")}}`.replace("*", "");
}
