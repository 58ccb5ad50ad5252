import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { AWS_VARIABLES, type AwsSettings, awsSettings, CALLER_LIMITS, ConfigError } from "../../../infra/config/env.ts";
import { MODEL_PRESETS } from "../../support/models/model-presets.ts";

const MODEL = {
  name: "picto",
  version: "1.0.0",
  licence: "Apache-2.0",
  attribution: "us",
  clip: "clip",
  dimensions: 256,
  contextLength: 32,
  sizes: [64, 256],
  defaultSize: 256,
  priors: ["diffusion"],
  capabilities: [],
  presets: MODEL_PRESETS,
  scenes: false,
  attributes: [],
  bytes: 5_000_000,
};

type Name = Exclude<keyof typeof AWS_VARIABLES, "oidcIssuer" | "oidcAudience" | "picturesOrigin" | "pictureKey">;
const read = (name: Name | "oidc" | "pictures" | "limits", environment: Record<string, string> = {}) =>
  awsSettings(environment)[name];

test("a setting is checked only when it is read", () => {
  const { table, keptDays, logLevel } = awsSettings({ UNCLIP_TABLE: "t", UNCLIP_MAX_WORKERS: "not a number" });
  expect({ table, keptDays, logLevel }).toEqual({ table: "t", keptDays: 30, logLevel: "info" });
});

test.each<[Name, string, AwsSettings[Name]]>([
  ["table", "t", "t"],
  ["bucket", "b", "b"],
  ["queue", "https://sqs.us-east-1.amazonaws.com/123456789012/q", "https://sqs.us-east-1.amazonaws.com/123456789012/q"],
  ["webhookQueue", "https://sqs.us-east-1.amazonaws.com/1/w", "https://sqs.us-east-1.amazonaws.com/1/w"],
  ["secret", "arn:aws:secretsmanager:us-east-1:1:secret:s", "arn:aws:secretsmanager:us-east-1:1:secret:s"],
  [
    "sockets",
    "https://a.execute-api.us-east-1.amazonaws.com/live",
    "https://a.execute-api.us-east-1.amazonaws.com/live",
  ],
  ["model", JSON.stringify(MODEL), MODEL as AwsSettings["model"]],
  ["batchQueue", "q", "q"],
  ["reader", "arn:aws:iam::123456789012:role/reader", "arn:aws:iam::123456789012:role/reader"],
  ["batchJob", "j:3", "j:3"],
  ["maxWorkers", "8", 8],
])("the setting %s is required, and its error names the variable", (name, text, value) => {
  const variable = AWS_VARIABLES[name];
  expect(read(name, { [variable]: text })).toEqual(value);
  expect(() => read(name)).toThrow(new ConfigError(`${variable} is not set`));
});

test.each<[Name | "limits", AwsSettings[Name | "limits"]]>([
  ["bundle", undefined],
  ["embedder", undefined],
  ["provider", "cpu"],
  ["cors", []],
  ["fileOrigins", []],
  ["streamUrl", undefined],
  ["introspection", false],
  ["quota", 64],
  ["denyList", undefined],
  [
    "limits",
    { requestsPerMinute: 1_200, uploadBytesPerHour: 1_000_000_000, jobsPerHour: 1_000, streams: 100, sockets: 50 },
  ],
  ["idleSeconds", 300],
  ["keptDays", 30],
  ["logLevel", "info"],
  ["metadata", "http://169.254.169.254"],
])("the setting %s defaults to %j", (name, value) => {
  expect(read(name)).toEqual(value);
});

test.each<[Name, string, RegExp]>([
  ["queue", "unclip-jobs", /UNCLIP_QUEUE must be a URL, not "unclip-jobs"/],
  ["model", "{", /UNCLIP_MODEL must be the JSON description of a bundle/],
  ["model", "5", /UNCLIP_MODEL must be/],
  ["model", JSON.stringify({ ...MODEL, sizes: [0] }), /a valid "sizes"/],
  ["model", JSON.stringify({ ...MODEL, clip: undefined }), /a valid "clip"/],
  ["provider", "tpu", /UNCLIP_PROVIDER must be cpu, cuda, not "tpu"/],
  ["maxWorkers", "0", /UNCLIP_MAX_WORKERS must be a whole number from 1/],
  ["keptDays", "forever", /UNCLIP_KEPT_DAYS must be/],
  ["keptDays", "9", /UNCLIP_KEPT_DAYS must be a whole number from 10/],
])("the setting %s refuses %j", (name, text, why) => {
  expect(() => read(name, { [AWS_VARIABLES[name]]: text })).toThrow(why);
});

test("an OIDC issuer requires an audience and https", () => {
  const issuer = "https://issuer.example/";
  expect(read("oidc")).toBeUndefined();
  expect(read("oidc", { UNCLIP_OIDC_ISSUER: issuer, UNCLIP_OIDC_AUDIENCE: "unclip" })).toEqual({
    issuer,
    audience: "unclip",
  });
  expect(() => read("oidc", { UNCLIP_OIDC_ISSUER: issuer })).toThrow("UNCLIP_OIDC_AUDIENCE is not set");
  expect(() => read("oidc", { UNCLIP_OIDC_ISSUER: "http://issuer.example" })).toThrow("https://");
});

test("CloudFront's pictures require the key that signs", () => {
  const UNCLIP_PICTURES = "https://d111111abcdef8.cloudfront.net";
  expect(read("pictures")).toBeUndefined();
  expect(read("pictures", { UNCLIP_PICTURES, UNCLIP_PICTURE_KEY: "3:K2JCJMDEHXQW5F" })).toEqual({
    origin: UNCLIP_PICTURES,
    generation: 3,
    keyId: "K2JCJMDEHXQW5F",
  });
  expect(() => read("pictures", { UNCLIP_PICTURES })).toThrow("UNCLIP_PICTURE_KEY is not set");
  for (const UNCLIP_PICTURE_KEY of ["K2JCJMDEHXQW5F", "0:K2JCJMDEHXQW5F", "1:"]) {
    expect(() => read("pictures", { UNCLIP_PICTURES, UNCLIP_PICTURE_KEY })).toThrow("a number and the id of a key");
  }
});

test("the configuration reference lists every variable of the functions on AWS", () => {
  const list = readFileSync("docs/reference/configuration.md", "utf8");
  const limits = Object.values(CALLER_LIMITS).map(({ variable }) => variable);
  expect([...Object.values(AWS_VARIABLES), ...limits].filter((name) => !list.includes(`\`${name}\``))).toEqual([]);
});
