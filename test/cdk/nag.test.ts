import { App, Stack, Validations } from "aws-cdk-lib";
import { Queue } from "aws-cdk-lib/aws-sqs";
import { AwsSolutionsChecks } from "cdk-nag";
import { expect, test } from "vitest";
import { acknowledge } from "../../cdk/acknowledge.ts";
import { isAcceptable, NagRules, WILDCARDS } from "../../cdk/nag.ts";
import { synthesise, VARIANTS } from "../support/cdk/synth.ts";

const findingsOfPlainQueue = (configure: (queue: Queue) => void = () => {}) => {
  const app = new App();
  const queue = new Queue(new Stack(app, "Stack"), "Queue");
  configure(queue);
  return new NagRules(app).validate({ appConstruct: app } as never).violations.map(({ ruleName }) => ruleName);
};

test.each(Object.entries(VARIANTS))(
  "the stacks have no findings: %s",
  (_, settings) => {
    expect(() => synthesise(settings, "all")).not.toThrow();
  },
  120_000,
);

test("a construct has findings until they are acknowledged on it", () => {
  expect(findingsOfPlainQueue()).toEqual(expect.arrayContaining(["AwsSolutions-SQS3", "AwsSolutions-SQS4"]));
  expect(findingsOfPlainQueue((queue) => acknowledge(queue, { SQS3: "not needed here" }))).not.toContain(
    "AwsSolutions-SQS3",
  );
});

test("a finding fails the synthesis", () => {
  const app = new App({ analyticsReporting: false });
  new Queue(new Stack(app, "Stack"), "Queue");
  Validations.of(app).addPlugins(new NagRules(app));
  expect(() => app.synth()).toThrow(/AwsSolutions-SQS3/);
});

test("wildcards are accepted only for parts of a single resource", () => {
  const accepted = ["x:Bucket/pictures/*", "x:Table/index/*", "arn:aws:execute-api:r:1:api/*/*/@connections/*"];
  const refused = ["*", "x:Bucket/*", "arn:aws:execute-api:r:1:*/*", "x:Table/*"];
  const finding = (resource: string) => `AwsSolutions-IAM5[Resource::${resource}]`;
  expect(accepted.map(finding).filter(isAcceptable)).toHaveLength(accepted.length);
  expect(refused.map(finding).filter(isAcceptable)).toEqual([]);
  expect(isAcceptable("AwsSolutions-IAM5[Action::s3:*/pictures/*]")).toBe(false);
  for (const { reason } of WILDCARDS) expect(reason.length).toBeGreaterThan(20);
  // The rules are AWS's own pack, not a smaller one.
  expect(new AwsSolutionsChecks().readPackName).toBe("AwsSolutions");
});
