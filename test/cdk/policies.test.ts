// Least privilege, read off every policy of every template.
import { beforeAll, expect, test } from "vitest";
import { EVERYTHING, everyOf, type Resource, refersTo, synthesise, type Templates } from "../support/cdk/synth.ts";

type Statement = {
  readonly stack: string;
  readonly holder: string;
  readonly actions: readonly string[];
  /** As text, a reference as {Name.Attribute}. */
  readonly resources: readonly string[];
};

let templates: readonly Templates[];
let statements: readonly Statement[];

beforeAll(() => {
  templates = [synthesise(), synthesise(EVERYTHING)].map((made) => made.templates);
  statements = templates.flatMap((made) =>
    Object.entries(made).flatMap(([stack, { Resources }]) => granted(stack, Resources)),
  );
}, 120_000);

/** What AWS gives for all, or not at all. */
const ALL_OR_NOTHING = new Set(["batch:ListJobs", "ecr:GetAuthorizationToken"]);
/** Ends of what may have a wildcard: what is before names one thing of ours. */
const PARTS = /^[^*]+(\/(uploads|stages|previews|pictures|bundles|index|stream)\/\*|\/\*\/\*\/@connections\/\*)$/;

test("were found", () => {
  expect(statements.length).toBeGreaterThan(100);
});

test("no action has a wildcard", () => {
  expect(statements.filter(({ actions }) => actions.some((action) => action.includes("*")))).toEqual([]);
});

test("no action is on everything, but for those that AWS gives for everything or not at all", () => {
  const wide = statements.filter(({ resources }) => resources.includes("*"));
  expect(new Set(wide.flatMap(({ actions }) => actions))).toEqual(ALL_OR_NOTHING);
});

test("what has a wildcard in it names one table, bucket or API before, and a part of it after", () => {
  const partly = statements.flatMap(({ resources }) => resources).filter((one) => one !== "*" && one.includes("*"));
  expect(partly.filter((one) => !PARTS.test(one))).toEqual([]);
});

test("nobody passes roles, changes rights or reads logs", () => {
  const actions = new Set(statements.flatMap((one) => one.actions));
  expect(
    [...actions].filter((action) => /^(iam|sts|kms:(Put|Create)|logs:Get|lambda:(Add|Update))/.test(action)),
  ).toEqual([]);
});

test("who does what", () => {
  const services = (holder: string) => {
    const own = statements.filter((one) => one.holder.toLowerCase().startsWith(holder));
    return [...new Set(own.flatMap(({ actions }) => actions))].filter((one) => !one.startsWith("logs:")).sort();
  };
  const JOBS = ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:PutItem"];
  const TAKES = ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"];
  const KEYS = ["kms:Decrypt", "kms:GenerateDataKey"];
  expect(services("embed")).toEqual([]);
  expect(services("scalerrole")).toEqual(
    ["batch:ListJobs", "batch:SubmitJob", ...JOBS, "dynamodb:Query", "kms:Decrypt", "sqs:GetQueueAttributes"].sort(),
  );
  expect(services("deadletterrole")).toEqual([...JOBS, ...TAKES, "kms:Decrypt"].sort());
  expect(services("webhookrole")).toEqual(
    [
      ...JOBS,
      ...KEYS,
      ...TAKES,
      "s3:GetObject",
      "s3:ListBucket",
      "secretsmanager:GetSecretValue",
      "sqs:SendMessage",
    ].sort(),
  );
  const worker = [
    ...JOBS,
    ...KEYS,
    ...TAKES,
    "s3:GetObject",
    "s3:ListBucket",
    "s3:PutObject",
    "sqs:SendMessage",
  ].sort();
  expect(services("workerrole")).toEqual(worker);
  expect(services("drawrole")).toEqual(worker.filter((action) => !action.startsWith("kms:")));
  expect(services("socketsfanoutrole")).toEqual(expect.arrayContaining(["execute-api:ManageConnections"]));
  expect(services("graphqlrole")).not.toContain("execute-api:ManageConnections");
});

test("a customer's key is used by whoever reads or writes what it encrypts, and only if there is one", () => {
  const holders = (made: Templates) =>
    Object.entries(made).flatMap(([stack, { Resources }]) =>
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

test("whoever may read the bucket may list it: S3 calls forbidden what is not there", () => {
  for (const [name, { Properties }] of templates.flatMap((made) => everyOf(made, "AWS::IAM::Policy"))) {
    if (refersTo(Properties, "/uploads/*")) expect(refersTo(Properties, "s3:ListBucket"), name).toBe(true);
  }
});

test("AWS's own policies: none but that of machines that ECS runs on", () => {
  const roles = templates.flatMap((made) => everyOf(made, "AWS::IAM::Role"));
  const theirs = roles.flatMap(([, { Properties }]) => Properties.ManagedPolicyArns ?? []).map(text);
  expect(theirs).toEqual(["arn:{AWS::Partition}:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role"]);
});

/** All that allows, in policies of roles and within roles. */
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
