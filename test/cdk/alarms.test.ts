import { readFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, expect, test } from "vitest";
import {
  EVERYTHING,
  everyOf,
  type Resource,
  ROOT,
  refersTo,
  synthesise,
  type Templates,
  VARIANTS,
} from "../support/cdk/synth.ts";

let templates: Templates;
let alarms: [name: string, alarm: Resource][];
let runbook: string;

beforeAll(() => {
  templates = synthesise(EVERYTHING).templates;
  alarms = everyOf(templates, "AWS::CloudWatch::Alarm");
  runbook = readFileSync(path.join(ROOT, "docs", "guide", "runbook.md"), "utf8");
}, 120_000);

const sectionOf = ({ Properties }: Resource) =>
  /docs\/guide\/runbook\.md#(?<section>[\w-]+)$/.exec(Properties.AlarmDescription)?.groups?.section;

test("every alarm has a section in the runbook, and every section has an alarm", () => {
  const anchors = [...runbook.matchAll(/^## (.+)$/gm)].map(([, title]) => title!.toLowerCase().replaceAll(" ", "-"));
  const sections = anchors.slice(anchors.indexOf("names") + 1);
  expect(new Set(alarms.map(([, alarm]) => sectionOf(alarm)))).toEqual(new Set(sections));
});

test("every section of the runbook says what to look at and what to do, with commands", () => {
  const [, ...sections] = runbook.split(/^## /m);
  for (const section of sections.slice(1)) {
    const title = section.split("\n")[0]!;
    expect(section, title).toMatch(/^\*\*Look at\.\*\*/m);
    expect(section, title).toMatch(/^\*\*Do\.\*\*/m);
    expect(section, title).toMatch(/^```sh\n/m);
  }
});

test("every alarm notifies the topic, and the topic emails the owner", () => {
  for (const [name, { Properties }] of alarms) {
    expect(Properties.AlarmActions, name).toHaveLength(1);
    expect(refersTo(Properties.AlarmActions, "Alarms"), name).toBe(true);
    expect(Properties.TreatMissingData, name).toBe("notBreaching");
  }
  const [[, subscription] = []] = everyOf(templates, "AWS::SNS::Subscription");
  expect(subscription?.Properties).toMatchObject({ Protocol: "email", Endpoint: EVERYTHING.email });
});

test("alarms cover every kind of failure: queues, functions, streams, APIs, GPU workers", () => {
  const metrics = new Set(alarms.map(([, { Properties }]) => Properties.MetricName ?? "an expression"));
  expect(metrics).toEqual(
    new Set([
      "ApproximateAgeOfOldestMessage",
      "ApproximateNumberOfMessagesVisible",
      "Errors",
      "Throttles",
      "Invocations",
      "IteratorAge",
      "5xx",
      "IntegrationError",
      "MatchedEvents",
      "an expression",
    ]),
  );
});

test("alarms read 21 metrics at most, because each metric of an alarm costs money", () => {
  for (const settings of Object.values(VARIANTS)) {
    const metrics = everyOf(synthesise(settings).templates, "AWS::CloudWatch::Alarm").map(([, { Properties }]) => {
      const read = (Properties.Metrics ?? []).filter((one: { MetricStat?: unknown }) => one.MetricStat);
      return Math.max(1, read.length);
    });
    expect(metrics.reduce((sum, one) => sum + one)).toBeLessThanOrEqual(21);
  }
}, 120_000);

test("functions that no queue and no API stands before have an alarm of their own", () => {
  const failing = alarms.filter(([, { Properties }]) => Properties.MetricName === "Errors").map(([name]) => name);
  expect(failing.map((name) => name.replace(/Errors\w+$/, "")).sort()).toEqual([
    "embed",
    "scaler",
    "stream",
    "sweeper",
  ]);
  const drawn = everyOf(synthesise().templates, "AWS::CloudWatch::Alarm").map(([name]) => name);
  expect(drawn).toContainEqual(expect.stringMatching(/^drawErrors/));
});

test("the dashboard shows every alarm", () => {
  const [[, dashboard] = []] = everyOf(templates, "AWS::CloudWatch::Dashboard");
  const body = JSON.stringify(dashboard?.Properties.DashboardBody);
  for (const [, { Properties }] of alarms) expect(body).toContain(`:alarm:${Properties.AlarmName}`);
});

test("the commands in the runbook use outputs that exist", () => {
  const outputs = new Set(Object.values(templates).flatMap(({ Outputs }) => Object.keys(Outputs ?? {})));
  const named = [...runbook.matchAll(/\$\(out \w+ (\w+)\)/g)].map(([, name]) => name!);
  expect(named.length).toBeGreaterThan(5);
  for (const name of named) expect(outputs).toContain(name);
});
