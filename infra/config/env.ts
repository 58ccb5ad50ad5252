// Every environment variable that unclip reads, its default and its check. docs/reference/configuration.md lists them for people.
import path from "node:path";
import { type Info, MEMORY, type MemoryName } from "../../models/request.ts";
import { QUOTA } from "../auth/api-keys.ts";
import { KEPT_JOBS } from "../jobs/keys.ts";
import { modelInfo } from "./model-info.ts";
import {
  boolean,
  ConfigError,
  createReader,
  type Environment,
  httpsUrl,
  integer,
  oneOf,
  origin,
  origins,
  type Parser,
  text,
  url,
} from "./parsers.ts";

export { ConfigError };

const LEVELS = ["trace", "debug", "info", "warn", "error", "silent"] as const;
const quota = integer(QUOTA.min, QUOTA.max);
const level = oneOf(...LEVELS);

/** Of the server on one machine (functions/local). */
export type LocalSettings = {
  readonly port: number;
  readonly host: string;
  /** Jobs, queue and pictures live here. */
  readonly data: string;
  /** A folder with bundle.json; undefined for the one that ships. */
  readonly bundle: string | undefined;
  /** How clients reach the server, where that is not http://host:port. */
  readonly url: string | undefined;
  readonly workers: number | undefined;
  /** How each engine keeps its networks. */
  readonly memory: MemoryName;
  /** Origins whose pages may call. */
  readonly cors: readonly string[];
  readonly introspection: boolean;
  /** Pictures in flight of a caller without a key of its own. */
  readonly quota: number;
  /** A file of words, one a line, that no prompt may hold; undefined for none. */
  readonly denyList: string | undefined;
  readonly logLevel: string;
};

/** Throws BadSetting, naming the variable and what it must be. */
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
    logLevel: read("UNCLIP_LOG", level, "info"),
  };
}

/** Of the command line (functions/cli), whose options come first. */
export type CliSettings = {
  /** Where the server on this machine keeps its API keys. */
  readonly data: string;
  /** What to show a service that is asked to draw. */
  readonly key: string | undefined;
};

export function cliSettings(environment: Environment = process.env): CliSettings {
  const read = createReader(environment);
  return { data: dataFolder(read), key: read("UNCLIP_KEY", text, undefined) };
}

function dataFolder(read: ReturnType<typeof createReader>): string {
  return path.resolve(read("UNCLIP_DATA", text, ".unclip"));
}

/** Names of what a deployment tells its functions, which the stacks set and awsSettings reads. */
export const AWS_VARIABLES = {
  table: "UNCLIP_TABLE",
  bucket: "UNCLIP_BUCKET",
  queue: "UNCLIP_QUEUE",
  webhookQueue: "UNCLIP_WEBHOOK_QUEUE",
  secret: "UNCLIP_SECRET",
  sockets: "UNCLIP_SOCKETS",
  embedder: "UNCLIP_EMBEDDER",
  model: "UNCLIP_MODEL",
  bundle: "UNCLIP_BUNDLE",
  provider: "UNCLIP_PROVIDER",
  cors: "UNCLIP_CORS",
  introspection: "UNCLIP_INTROSPECTION",
  quota: "UNCLIP_QUOTA",
  denyList: "UNCLIP_DENY_LIST",
  oidcIssuer: "UNCLIP_OIDC_ISSUER",
  oidcAudience: "UNCLIP_OIDC_AUDIENCE",
  batchQueue: "UNCLIP_BATCH_QUEUE",
  batchJob: "UNCLIP_BATCH_JOB",
  maxWorkers: "UNCLIP_MAX_WORKERS",
  idleSeconds: "UNCLIP_IDLE_SECONDS",
  keptDays: "UNCLIP_KEPT_DAYS",
  logLevel: "UNCLIP_LOG",
  metadata: "AWS_EC2_METADATA_SERVICE_ENDPOINT",
} as const;

/** Of the functions on AWS (functions/aws). Each is told only what it needs, so a setting is checked when it is read. */
export type AwsSettings = {
  readonly table: string;
  readonly bucket: string;
  /** URLs of the queue of jobs and the queue of webhooks. */
  readonly queue: string;
  readonly webhookQueue: string;
  /** Name or ARN of the secret that webhooks' secrets are derived from. */
  readonly secret: string;
  /** Where messages to sockets are posted to: https://{api}.execute-api.{region}.amazonaws.com/{stage} */
  readonly sockets: string;
  /** Name or ARN of the function that embeds captions. */
  readonly embedder: string;
  /** Of the bundle that the workers have: the gateway has none. */
  readonly model: Info;
  readonly bundle: string | undefined;
  readonly provider: "cpu" | "cuda";
  readonly cors: readonly string[];
  readonly introspection: boolean;
  /** Pictures in flight of a caller who comes with a token of the issuer; a key has its own. */
  readonly quota: number;
  /** A file of words, one a line, that no prompt may hold; undefined for none. */
  readonly denyList: string | undefined;
  /** Whose tokens (OpenID Connect) are let in beside API keys, and whom they must be meant for; undefined for none. */
  readonly oidc: { readonly issuer: string; readonly audience: string } | undefined;
  /** Of AWS Batch, names or ARNs. */
  readonly batchQueue: string;
  readonly batchJob: string;
  readonly maxWorkers: number;
  /** A worker on Batch ends when its queue was empty for so long. */
  readonly idleSeconds: number;
  /** A job's record is kept for so long after its end. */
  readonly keptDays: number;
  readonly logLevel: string;
  /** Where a machine of EC2 learns what AWS intends with it. */
  readonly metadata: string;
};

/** Throws BadSetting, also when what is needed is not set: not here, but where a setting is read. */
export function awsSettings(environment: Environment = process.env): AwsSettings {
  const read = createReader(environment);
  const names = AWS_VARIABLES;
  const needed = <T>(name: string, check: Parser<T>): T => {
    const value = read(name, check, undefined);
    if (value === undefined) throw new ConfigError(`${name} is not set`);
    return value;
  };
  return {
    get table() {
      return needed(names.table, text);
    },
    get bucket() {
      return needed(names.bucket, text);
    },
    get queue() {
      return needed(names.queue, url);
    },
    get webhookQueue() {
      return needed(names.webhookQueue, url);
    },
    get secret() {
      return needed(names.secret, text);
    },
    get sockets() {
      return needed(names.sockets, url);
    },
    get embedder() {
      return needed(names.embedder, text);
    },
    get model() {
      return needed(names.model, modelInfo);
    },
    get bundle() {
      return read(names.bundle, text, undefined);
    },
    get provider() {
      return read(names.provider, oneOf("cpu", "cuda"), "cpu");
    },
    get cors() {
      return read(names.cors, origins, []);
    },
    get introspection() {
      return read(names.introspection, boolean, false);
    },
    get quota() {
      return read(names.quota, quota, QUOTA.default);
    },
    get denyList() {
      return read(names.denyList, text, undefined);
    },
    get oidc() {
      const issuer = read(names.oidcIssuer, httpsUrl, undefined);
      // Without an audience, a token that was meant for any other service of the issuer would open this one.
      return issuer === undefined ? undefined : { issuer, audience: needed(names.oidcAudience, text) };
    },
    get batchQueue() {
      return needed(names.batchQueue, text);
    },
    get batchJob() {
      return needed(names.batchJob, text);
    },
    get maxWorkers() {
      return needed(names.maxWorkers, integer(1, 1_000));
    },
    get idleSeconds() {
      return read(names.idleSeconds, integer(1, 3_600), 300);
    },
    get keptDays() {
      return read(names.keptDays, integer(KEPT_JOBS.min, KEPT_JOBS.max), KEPT_JOBS.default);
    },
    get logLevel() {
      return read(names.logLevel, level, "info");
    },
    get metadata() {
      return read(names.metadata, origin, "http://169.254.169.254");
    },
  };
}
