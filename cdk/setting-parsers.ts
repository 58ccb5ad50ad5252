// Parsers of the deployment's own settings, beside those of infra/config/parsers.ts.
import { accessSync, constants, existsSync } from "node:fs";
import path from "node:path";
import { Token } from "aws-cdk-lib";
import type { Parser } from "../infra/config/parsers.ts";
import type { SlackProps, TeamsProps } from "./nested-props.ts";

const matching =
  (pattern: RegExp, must: string): Parser<string> =>
  (value) =>
    pattern.test(value) ? { ok: value } : { must };

export const deploymentName = matching(
  /^[a-z][a-z0-9-]{0,30}$/,
  "up to 31 lowercase letters, digits and hyphens, starting with a letter",
);

export const hostname = matching(
  /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/,
  "a host name such as pictures.example.com",
);

export const hostedZoneId = matching(/^Z[A-Z0-9]{5,31}$/, "the id of a hosted zone, such as Z0123456789ABCDEFGHIJ");

export const issuerUrl = matching(/^https:\/\/[^\s?#]+$/, "an https:// URL");

export const emailAddress = matching(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, "an email address");

export const busName = matching(/^[\w.-]{1,256}$/, "the name of an EventBridge bus, such as default");

export const slackChannel: Parser<SlackProps> = (value) => {
  const [, workspace, channel] = /^([A-Z0-9]{8,})\/([A-Z0-9]{8,})$/.exec(value) ?? [];
  return workspace && channel
    ? { ok: { workspace, channel } }
    : { must: "the ids of a workspace and a channel, such as T0123ABCD/C0123ABCD" };
};

export const teamsChannel: Parser<TeamsProps> = (value) => {
  const [, tenant, team, channel] = /^([0-9a-f-]{36})\/([0-9a-f-]{36})\/(\S+)$/.exec(value) ?? [];
  return tenant && team && channel
    ? // CloudFormation takes the id as it stands in the channel's link.
      { ok: { tenant, team, channel: encodeURIComponent(decodeURIComponent(channel)) } }
    : { must: "the ids of a tenant, a team and a channel, joined by slashes" };
};

/** An ARN, or a CDK token that CloudFormation resolves to one. */
const resource =
  (pattern: RegExp, must: string): Parser<string> =>
  (value) =>
    Token.isUnresolved(value) ? { ok: value } : matching(pattern, must)(value);

/** ARN of a resource in us-east-1, where CloudFront requires it. */
export const globalArn = (service: string): Parser<string> =>
  resource(new RegExp(`^arn:aws:${service}:us-east-1:\\d{12}:\\S+$`), `the ARN of an ${service} resource in us-east-1`);

export const kmsKeyArn = resource(
  /^arn:aws:kms:[a-z0-9-]+:\d{12}:key\/(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/,
  "the ARN of a KMS key",
);

/** Lambda takes images from ECR only. */
export const ecrImage = matching(
  /^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com\/[a-z0-9][a-z0-9._/-]*(:[\w.-]+|@sha256:[0-9a-f]{64})$/,
  "an image in ECR with its tag or digest, such as 123456789012.dkr.ecr.eu-west-1.amazonaws.com/unclip:v0.2.0-cpu",
);

/** Machines with less than an xlarge have no room for a worker (gpu-workers.ts). */
export const gpuInstanceTypes: Parser<readonly string[]> = (value) => {
  const types = value.split(",").map((type) => type.trim());
  const valid = types.every((type) => /^g\d\w*\.\d*xlarge$/.test(type));
  return valid ? { ok: types } : { must: "EC2 instance types with an NVIDIA GPU, such as g4dn.xlarge,g5.xlarge" };
};

export const bundleFolder: Parser<string> = (value) =>
  existsSync(path.join(value, "bundle.json"))
    ? { ok: value }
    : { must: "a folder with bundle.json, such as models/bundles/picto" };

export const readableFile: Parser<string> = (value) => {
  try {
    accessSync(value, constants.R_OK);
    return { ok: value };
  } catch {
    return { must: "a readable file" };
  }
};
