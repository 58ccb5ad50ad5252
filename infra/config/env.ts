// Every environment variable that unclip reads, its parser and its default. docs/reference/configuration.md documents them.
import path from "node:path";
import { MEMORY, type MemoryName } from "../../models/request.ts";
import type { Info } from "../../models/types.ts";
import { QUOTA } from "../auth/api-keys.ts";
import type { CallerLimits } from "../auth/caller-limits.ts";
import { JOB_RETENTION_DAYS } from "../jobs/keys.ts";
import { WEBHOOK_NETWORKS, type WebhookNetworks } from "../webhooks/address.ts";
import { AWS_VARIABLES } from "./aws-variables.ts";
import { callerLimits } from "./caller-limits.ts";
import { modelInfo } from "./model-info.ts";
import {
  boolean,
  ConfigError,
  createReader,
  type Environment,
  httpsUrl,
  integer,
  keyOfGeneration,
  oneOf,
  origin,
  origins,
  type Parser,
  type Reader,
  text,
  url,
} from "./parsers.ts";
import { type WarmHours, warmHours } from "./warm-hours.ts";

export { CALLER_LIMITS } from "./caller-limits.ts";
export { AWS_VARIABLES, ConfigError };

const LEVELS = ["trace", "debug", "info", "warn", "error", "silent"] as const;
const quota = integer(QUOTA.min, QUOTA.max);
const level = oneOf(...LEVELS);

/** Settings of the server on one machine (functions/local). */
export type LocalSettings = {
  readonly port: number;
  readonly host: string;
  /** Folder of jobs, queue and pictures. */
  readonly data: string;
  /** Folder with bundle.json; undefined for the bundle that ships with unclip. */
  readonly bundle: string | undefined;
  /** URL at which clients reach the server; undefined for http://host:port. */
  readonly url: string | undefined;
  readonly workers: number | undefined;
  /** Which networks each engine keeps in memory. */
  readonly memory: MemoryName;
  /** Origins whose pages may call the API. */
  readonly cors: readonly string[];
  readonly introspection: boolean;
  /** Maximum pictures in flight of callers without an API key. */
  readonly quota: number;
  /** File with forbidden words, one per line; undefined for none. */
  readonly denyList: string | undefined;
  readonly webhookNetworks: WebhookNetworks;
  /** Limits of each caller with a key. */
  readonly limits: CallerLimits;
  /** Maximum connections of all callers. */
  readonly connections: number;
  readonly logLevel: string;
};

/** Throws ConfigError, naming the variable and what it must be. */
export function localSettings(environment: Environment = process.env): LocalSettings {
  const read = createReader(environment);
  return {
    port: read("PORT", integer(0, 65_535), 4000),
    host: read("HOST", text, "127.0.0.1"),
    data: dataFolder(read),
    bundle: read("UNCLIP_BUNDLE", text, undefined),
    url: read("UNCLIP_URL", origin, undefined),
    workers: read("UNCLIP_WORKERS", integer(1, 64), undefined),
    memory: read("UNCLIP_MEMORY", oneOf(...MEMORY), "auto"),
    cors: read("UNCLIP_CORS", origins, []),
    introspection: read("UNCLIP_INTROSPECTION", boolean, true),
    quota: read("UNCLIP_QUOTA", quota, QUOTA.default),
    denyList: read("UNCLIP_DENY_LIST", text, undefined),
    limits: callerLimits(read),
    connections: read("UNCLIP_CONNECTIONS", integer(1, 1_000_000), 10_000),
    webhookNetworks: read("UNCLIP_WEBHOOKS", oneOf(...WEBHOOK_NETWORKS), "public"),
    logLevel: read("UNCLIP_LOG", level, "info"),
  };
}

/** Settings of the command line (functions/cli). Its options take precedence. */
type CliSettings = {
  /** Folder in which the server on this machine stores its API keys. */
  readonly data: string;
  /** API key for a remote service. */
  readonly key: string | undefined;
};

/**
 * Whether "npm run" took an option for its own: without "--" before the options, npm passes --size as npm_config_size, and
 * the command gets what is left.
 */
export function takenByNpm(option: string, environment: Environment = process.env): boolean {
  return environment[`npm_config_${option.replaceAll("-", "_")}`] !== undefined;
}

export function cliSettings(environment: Environment = process.env): CliSettings {
  const read = createReader(environment);
  return { data: dataFolder(read), key: read("UNCLIP_KEY", text, undefined) };
}

function dataFolder(read: Reader): string {
  return path.resolve(read("UNCLIP_DATA", text, ".unclip"));
}

/** Settings of the functions on AWS (functions/aws). */
export type AwsSettings = {
  readonly table: string;
  readonly bucket: string;
  /** URLs of the queue of jobs and of the queue of webhooks. */
  readonly queue: string;
  readonly webhookQueue: string;
  /** Name or ARN of the secret that the webhooks' keys are derived from. */
  readonly secret: string;
  /** Management endpoint of the WebSocket API: https://{api}.execute-api.{region}.amazonaws.com/{stage} */
  readonly sockets: string;
  /** Name or ARN of the function that embeds captions and pictures; undefined where none is deployed. */
  readonly embedder: string | undefined;
  /** Header value of requests that came through CloudFront; undefined to accept all. */
  readonly originSecret: string | undefined;
  /** CloudFront, which serves pictures at URLs that this key signs; undefined for URLs of S3. */
  readonly pictures: { readonly origin: string; readonly generation: number; readonly keyId: string } | undefined;
  /** ARN of the role whose sessions sign URLs of S3. */
  readonly reader: string;
  /** Where pages load pictures from and send uploads to. */
  readonly fileOrigins: readonly string[];
  /** Where pages find streams, if not at the service's own path. */
  readonly streamUrl: string | undefined;
  /** The workers' bundle. The API functions have no bundle of their own. */
  readonly model: Info;
  readonly bundle: string | undefined;
  readonly provider: "cpu" | "cuda";
  readonly cors: readonly string[];
  readonly introspection: boolean;
  /** Maximum pictures in flight of callers with a token. API keys have quotas of their own. */
  readonly quota: number;
  /** File with forbidden words, one per line; undefined for none. */
  readonly denyList: string | undefined;
  /** Limits of each caller. */
  readonly limits: CallerLimits;
  /** The OpenID Connect issuer whose tokens are accepted beside API keys; undefined for none. */
  readonly oidc: { readonly issuer: string; readonly audience: string } | undefined;
  /** Names or ARNs of AWS Batch's job queue and job definition. */
  readonly batchQueue: string;
  readonly batchJob: string;
  readonly maxWorkers: number;
  /** Workers on Batch that stay up without jobs, and the hours in which they do; undefined for always. */
  readonly minWorkers: number;
  readonly warmHours: WarmHours | undefined;
  /** A worker on Batch exits after its queue was empty for this long. */
  readonly idleSeconds: number;
  /** Days for which a job's record is kept after its end. */
  readonly keptDays: number;
  readonly logLevel: string;
  /** Endpoint of the EC2 instance metadata service. */
  readonly metadata: string;
};

const required =
  <T>(name: string, parser: Parser<T>) =>
  (read: Reader): T => {
    const value = read(name, parser, undefined);
    if (value === undefined) throw new ConfigError(`${name} is not set`);
    return value;
  };

const optional =
  <T, D>(name: string, parser: Parser<T>, otherwise: D) =>
  (read: Reader): T | D =>
    read(name, parser, otherwise);

const picturesOrigin = optional(AWS_VARIABLES.picturesOrigin, origin, undefined);
const pictureKey = required(AWS_VARIABLES.pictureKey, keyOfGeneration);
const oidcIssuer = optional(AWS_VARIABLES.oidcIssuer, httpsUrl, undefined);
const oidcAudience = required(AWS_VARIABLES.oidcAudience, text);

const AWS_READERS: { readonly [Name in keyof AwsSettings]: (read: Reader) => AwsSettings[Name] } = {
  table: required(AWS_VARIABLES.table, text),
  bucket: required(AWS_VARIABLES.bucket, text),
  queue: required(AWS_VARIABLES.queue, url),
  webhookQueue: required(AWS_VARIABLES.webhookQueue, url),
  secret: required(AWS_VARIABLES.secret, text),
  sockets: required(AWS_VARIABLES.sockets, url),
  embedder: optional(AWS_VARIABLES.embedder, text, undefined),
  originSecret: optional(AWS_VARIABLES.originSecret, text, undefined),
  pictures: (read) => {
    const origin = picturesOrigin(read);
    return origin === undefined ? undefined : { origin, ...pictureKey(read) };
  },
  reader: required(AWS_VARIABLES.reader, text),
  fileOrigins: optional(AWS_VARIABLES.fileOrigins, origins, []),
  streamUrl: optional(AWS_VARIABLES.streamUrl, url, undefined),
  model: required(AWS_VARIABLES.model, modelInfo),
  bundle: optional(AWS_VARIABLES.bundle, text, undefined),
  provider: optional(AWS_VARIABLES.provider, oneOf("cpu", "cuda"), "cpu"),
  cors: optional(AWS_VARIABLES.cors, origins, []),
  introspection: optional(AWS_VARIABLES.introspection, boolean, false),
  quota: optional(AWS_VARIABLES.quota, quota, QUOTA.default),
  denyList: optional(AWS_VARIABLES.denyList, text, undefined),
  limits: callerLimits,
  oidc: (read) => {
    const issuer = oidcIssuer(read);
    // Without an audience, a token issued for any other service of the issuer would be accepted here.
    return issuer === undefined ? undefined : { issuer, audience: oidcAudience(read) };
  },
  batchQueue: required(AWS_VARIABLES.batchQueue, text),
  batchJob: required(AWS_VARIABLES.batchJob, text),
  maxWorkers: required(AWS_VARIABLES.maxWorkers, integer(1, 1_000)),
  minWorkers: optional(AWS_VARIABLES.minWorkers, integer(0, 1_000), 0),
  warmHours: optional(AWS_VARIABLES.warmHours, warmHours, undefined),
  idleSeconds: optional(AWS_VARIABLES.idleSeconds, integer(1, 3_600), 300),
  keptDays: optional(
    AWS_VARIABLES.keptDays,
    integer(JOB_RETENTION_DAYS.min, JOB_RETENTION_DAYS.max),
    JOB_RETENTION_DAYS.default,
  ),
  logLevel: optional(AWS_VARIABLES.logLevel, level, "info"),
  metadata: optional(AWS_VARIABLES.metadata, origin, "http://169.254.169.254"),
};

/**
 * Each function has only the variables it needs, so a setting is read and checked when it is accessed. The access throws
 * ConfigError if a required variable is not set or a value is invalid.
 */
export function awsSettings(environment: Environment = process.env): AwsSettings {
  const read = createReader(environment);
  const getters = Object.entries(AWS_READERS).map(([name, reader]) => [
    name,
    { enumerable: true, get: () => reader(read) },
  ]);
  return Object.defineProperties({}, Object.fromEntries(getters)) as AwsSettings;
}
