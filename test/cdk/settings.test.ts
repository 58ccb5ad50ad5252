import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { settingsOf } from "../../cdk/settings.ts";
import { ConfigError } from "../../infra/config/parsers.ts";
import { EVERYTHING, KEY, ROOT, synthesise } from "../support/cdk/synth.ts";

const read = (settings: Readonly<Record<string, unknown>>) =>
  settingsOf(Object.fromEntries(Object.entries(settings).map(([name, value]) => [`unclip:${name}`, value])));

test("without any, CPUs draw, at no name of its own, and what is kept is protected", () => {
  expect(read({})).toMatchObject({ name: "unclip", gpu: undefined, domain: undefined, keepData: true, memory: 3_008 });
});

test("all of them, as text and as JSON", () => {
  const settings = read(EVERYTHING);
  expect(settings).toMatchObject({ key: KEY, budget: 50, gpu: { weights: "s3" }, maxWorkers: 2 });
  expect(read({ ...EVERYTHING, gpu: true, budget: 50, cors: ["https://pictures.example.com"] })).toEqual(settings);
});

test("what is not ours is not looked at", () => {
  expect(settingsOf({ "aws:cdk:enable-path-metadata": true, gpu: "maybe" })).toEqual(read({}));
});

describe("what is wrong is refused by name", () => {
  test.each([
    ["name", "Unclip"],
    ["domain", "https://pictures.example.com"],
    ["certificate", "arn:aws:acm:eu-west-1:123456789012:certificate/1"],
    ["webAcl", "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/one/1"],
    ["memory", "512"],
    ["memory", "10241"],
    ["storage", "lots"],
    ["architecture", "riscv"],
    ["maxWorkers", "1"],
    ["maxWorkers", "1001"],
    ["keptDays", "9"],
    ["cors", "https://a.example.com,*"],
    ["introspection", "perhaps"],
    ["quota", "0"],
    ["log", "loud"],
    ["key", "alias/mine"],
    ["oidcIssuer", "http://login.example.com"],
    ["bundle", "../elsewhere"],
    ["bundle", "/etc"],
    ["gpu", "two"],
    ["gpuInstances", "m5.large"],
    ["weights", "cloud"],
    ["email", "nobody"],
    ["budget", "0.5"],
    ["keepData", "sometimes"],
  ])("%s = %s", (name, value) => {
    expect(() => read({ [name]: value })).toThrow(ConfigError);
    expect(() => read({ [name]: value })).toThrow(`unclip:${name} must be `);
  });

  test.each([
    ["domain", "certificate", { domain: EVERYTHING.domain }],
    ["certificate", "domain", { certificate: EVERYTHING.certificate }],
    ["oidcIssuer", "oidcAudience", { oidcIssuer: EVERYTHING.oidcIssuer }],
    ["oidcAudience", "oidcIssuer", { oidcAudience: "unclip" }],
    ["budget", "email", { budget: "50" }],
    ["weights=s3", "gpu", { weights: "s3" }],
  ])("%s without %s", (one, other, settings) => {
    expect(() => read(settings)).toThrow(`unclip:${one} is of no use without unclip:${other}, which is not set`);
  });

  test("a list of words that cannot be read", () => {
    expect(() => synthesise({ denyList: "nowhere.txt" })).toThrow(/unclip:denyList cannot be read: .*nowhere\.txt/);
  });

  test("one that there is not, with those that there are", () => {
    expect(() => read({ memroy: "4096" })).toThrow(/no setting unclip:memroy; .*unclip:memory/);
  });
});

test("docs/reference/deployment-settings.md lists each of them, and no other", () => {
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
