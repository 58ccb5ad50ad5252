import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { settingsFromContext } from "../../cdk/settings.ts";
import { ConfigError } from "../../infra/config/parsers.ts";
import { EVERYTHING, everyOf, KEY, ROOT, synthesise } from "../support/cdk/synth.ts";

const read = (settings: Readonly<Record<string, unknown>>) =>
  settingsFromContext(Object.fromEntries(Object.entries(settings).map(([name, value]) => [`unclip:${name}`, value])));

test("by default, Lambda runs jobs, there is no custom domain, and data is retained", () => {
  expect(read({})).toMatchObject({
    name: "unclip",
    gpu: undefined,
    domain: undefined,
    retainData: true,
    memory: 3_008,
  });
});

test("settings are read alike from text and from JSON", () => {
  const settings = read(EVERYTHING);
  expect(settings).toMatchObject({ key: KEY, budget: 50, gpu: { weights: "s3" }, maxWorkers: 2 });
  expect(read({ ...EVERYTHING, gpu: true, budget: 50, cors: ["https://pictures.example.com"] })).toEqual(settings);
});

test("limits of each caller reach the functions that execute GraphQL", () => {
  const { templates } = synthesise({ requestsPerMinute: "7", callerStreams: "9" });
  const environments = everyOf(templates, "AWS::Lambda::Function").flatMap(([, { Properties }]) => {
    const variables = Properties.Environment?.Variables ?? {};
    return "UNCLIP_REQUESTS_PER_MINUTE" in variables ? [variables] : [];
  });
  expect(environments).toHaveLength(4);
  for (const variables of environments) {
    expect(variables).toMatchObject({
      UNCLIP_REQUESTS_PER_MINUTE: "7",
      UNCLIP_STREAMS: "9",
      UNCLIP_CALLER_SOCKETS: "50",
    });
  }
});

test("context without the prefix is ignored", () => {
  expect(settingsFromContext({ "aws:cdk:enable-path-metadata": true, gpu: "maybe" })).toEqual(read({}));
});

describe("an invalid setting is rejected by its name", () => {
  test.each([
    ["name", "Unclip"],
    ["domain", "https://pictures.example.com"],
    ["certificate", "arn:aws:acm:eu-west-1:123456789012:certificate/1"],
    ["webAcl", "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/one/1"],
    ["memory", "512"],
    ["memory", "10241"],
    ["storage", "lots"],
    ["architecture", "riscv"],
    ["image", "ghcr.io/one/unclip:v1"],
    ["image", "123456789012.dkr.ecr.eu-west-1.amazonaws.com/unclip"],
    ["gpuImage", "unclip:cuda"],
    ["front", "maybe"],
    ["pictureKey", "0"],
    ["key", "arn:aws-cn:kms:cn-north-1:123456789012:key/11111111-2222-3333-4444-555555555555"],
    ["maxWorkers", "1"],
    ["maxWorkers", "1001"],
    ["keptDays", "9"],
    ["cors", "https://a.example.com,*"],
    ["introspection", "perhaps"],
    ["quota", "0"],
    ["rate", "0"],
    ["streams", "many"],
    ["requestsPerMinute", "0"],
    ["uploadBytesPerHour", "1 GB"],
    ["jobsPerHour", "-1"],
    ["callerStreams", "5001"],
    ["callerSockets", "5001"],
    ["log", "loud"],
    ["key", "alias/mine"],
    ["oidcIssuer", "http://login.example.com"],
    ["bundle", "../elsewhere"],
    ["bundle", "/etc"],
    ["gpu", "two"],
    ["gpuInstances", "m5.large"],
    ["weights", "cloud"],
    ["minWorkers", "11"],
    ["warmHours", "at night"],
    ["onDemand", "sometimes"],
    ["zones", "1"],
    ["slack", "#alarms"],
    ["teams", "alarms"],
    ["events", "my bus"],
    ["canary", "yellow"],
    ["hostedZone", "example.com"],
    ["email", "owner"],
    ["budget", "0.5"],
    ["retainData", "sometimes"],
  ])("%s = %s", (name, value) => {
    expect(() => read({ [name]: value })).toThrow(ConfigError);
    expect(() => read({ [name]: value })).toThrow(`unclip:${name} must be `);
  });

  test.each([
    ["domain", "hostedZone", { domain: EVERYTHING.domain }],
    ["hostedZone", "domain", { hostedZone: "Z0123456789ABC" }],
    ["certificate", "domain", { certificate: EVERYTHING.certificate }],
    ["oidcIssuer", "oidcAudience", { oidcIssuer: EVERYTHING.oidcIssuer }],
    ["oidcAudience", "oidcIssuer", { oidcAudience: "unclip" }],
    ["budget", "email", { budget: "50" }],
    ["weights=s3", "gpu", { weights: "s3" }],
    ["gpuImage", "gpu", { gpuImage: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/unclip:cuda" }],
    ["domain", "front=on", { front: "off", domain: EVERYTHING.domain, certificate: EVERYTHING.certificate }],
    ["webAcl", "front=on", { front: "off", webAcl: EVERYTHING.webAcl }],
    ["minWorkers", "gpu", { minWorkers: "1" }],
    ["onDemand", "gpu", { onDemand: "on" }],
    ["warmHours", "minWorkers", { gpu: "on", warmHours: "Mon 08:00-18:00" }],
  ])("%s without %s", (one, other, settings) => {
    expect(() => read(settings)).toThrow(`unclip:${one} requires unclip:${other}, which is not set`);
  });

  test("a deny list that cannot be read", () => {
    expect(() => synthesise({ denyList: "nowhere.txt" })).toThrow(
      'unclip:denyList must be a readable file, not "nowhere.txt"',
    );
  });

  test("an unknown setting, with the list of known ones", () => {
    expect(() => read({ memroy: "4096" })).toThrow(/unknown setting unclip:memroy; .*unclip:memory/);
  });
});

test("docs/reference/deployment-settings.md lists every setting, and no other", () => {
  const page = readFileSync(path.join(ROOT, "docs", "reference", "deployment-settings.md"), "utf8");
  const listed = [...page.matchAll(/^\| `unclip:(\w+)` \|/gm)].map(([, name]) => name!);
  let known: string[] = [];
  try {
    read({ none: "" });
  } catch (error) {
    known = [...(error as Error).message.matchAll(/unclip:(\w+)/g)].map(([, name]) => name!).slice(1);
  }
  expect(listed.sort()).toEqual(known.sort());
});
