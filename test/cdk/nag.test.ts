import { App, Stack, Validations } from "aws-cdk-lib";
import { Queue } from "aws-cdk-lib/aws-sqs";
import { AwsSolutionsChecks } from "cdk-nag";
import { expect, test } from "vitest";
import { accept, acceptable, NagRules, WILDCARDS } from "../../cdk/nag.ts";
import { EVERYTHING, synthesise } from "../support/cdk/synth.ts";

const plainQueue = (and: (queue: Queue) => void = () => {}) => {
  const app = new App();
  const queue = new Queue(new Stack(app, "Stack"), "Queue");
  and(queue);
  return new NagRules(app).validate({ appConstruct: app } as never).violations.map(({ ruleName }) => ruleName);
};

test.each([
  ["without a setting", {}],
  ["with all of them", EVERYTHING],
  ["on ARM, for a while", { architecture: "arm64", keepData: "off" }],
])("the stacks are free of findings, %s", (_, settings) => {
  expect(() => synthesise(settings, "all")).not.toThrow();
});

test("a finding is one, until it is accepted where it is", () => {
  expect(plainQueue()).toEqual(expect.arrayContaining(["AwsSolutions-SQS3", "AwsSolutions-SQS4"]));
  expect(plainQueue((queue) => accept(queue, { SQS3: "of no account" }))).not.toContain("AwsSolutions-SQS3");
});

test("a finding ends the synthesis", () => {
  const app = new App({ analyticsReporting: false });
  new Queue(new Stack(app, "Stack"), "Queue");
  Validations.of(app).addPlugins(new NagRules(app));
  expect(() => app.synth()).toThrow(/AwsSolutions-SQS3/);
});

test("of wildcards only parts of one thing are accepted", () => {
  const accepted = ["x:Bucket/pictures/*", "x:Table/index/*", "arn:aws:execute-api:r:1:api/*/*/@connections/*"];
  const refused = ["*", "x:Bucket/*", "arn:aws:execute-api:r:1:*/*", "x:Table/*"];
  const finding = (resource: string) => `AwsSolutions-IAM5[Resource::${resource}]`;
  expect(accepted.map(finding).filter(acceptable)).toHaveLength(accepted.length);
  expect(refused.map(finding).filter(acceptable)).toEqual([]);
  expect(acceptable("AwsSolutions-IAM5[Action::s3:*/pictures/*]")).toBe(false);
  for (const { reason } of WILDCARDS) expect(reason.length).toBeGreaterThan(20);
  // The pack is the one that AWS publishes, and not a smaller one of ours.
  expect(new AwsSolutionsChecks().readPackName).toBe("AwsSolutions");
});
