// What an owner may set: context of the CDK, named unclip:..., by `-c unclip:gpu=on` or in cdk.context.json. Read and
// checked once, here. docs/reference/deployment-settings.md lists them for people.

import { QUOTA } from "../infra/auth/api-keys.ts";
import {
  boolean,
  ConfigError,
  createReader,
  integer,
  oneOf,
  origins,
  type Parser,
  text,
} from "../infra/config/parsers.ts";
import { KEPT_JOBS } from "../infra/jobs/keys.ts";

const PREFIX = "unclip:";

export type Settings = {
  /** The stacks' names begin with it, so that an account may have several. */
  readonly name: string;
  /** Own name of the API, with its certificate in us-east-1, where CloudFront looks for it; undefined for CloudFront's. */
  readonly domain: { readonly name: string; readonly certificate: string } | undefined;
  /** ARN of a web ACL of WAF for CloudFront; undefined for none. */
  readonly webAcl: string | undefined;
  /** Of the functions that draw and embed, in MB: a vCPU for each 1,769. */
  readonly memory: number;
  /** Of their /tmp, in MB. */
  readonly storage: number;
  readonly architecture: "x86_64" | "arm64";
  /** Jobs drawn at a time: functions, or machines with a GPU. */
  readonly maxWorkers: number;
  readonly keptDays: number;
  readonly cors: readonly string[];
  readonly introspection: boolean;
  readonly quota: number;
  /** A file of words that no prompt may hold, from the repository's folder; undefined for none. */
  readonly denyList: string | undefined;
  readonly log: "debug" | "info" | "warn" | "error";
  /** ARN of a customer's KMS key for table, bucket, queues and secret; undefined for AWS's own. */
  readonly key: string | undefined;
  readonly oidc: { readonly issuer: string; readonly audience: string } | undefined;
  /** A folder of the repository. */
  readonly bundle: string;
  /** Undefined: CPUs draw. */
  readonly gpu: { readonly instances: readonly string[]; readonly weights: "baked" | "s3" } | undefined;
  /** Who hears of alarms and of the budget. */
  readonly email: string | undefined;
  /** US dollars a month. */
  readonly budget: number | undefined;
  /** Whether table and bucket outlive their stack. */
  readonly keepData: boolean;
};

type Context = Readonly<Record<string, unknown>>;

/** Throws BadSetting with the setting's name and what it must be, also for names that there are not. */
export function settingsOf(context: Context): Settings {
  const asked = Object.keys(context).filter((key) => key.startsWith(PREFIX));
  const known = new Set<string>();
  const values = createReader(Object.fromEntries(asked.map((key) => [key, written(context[key])])));
  const read = <T, D>(name: string, check: Parser<T>, otherwise: D): T | D => {
    known.add(`${PREFIX}${name}`);
    return values(`${PREFIX}${name}`, check, otherwise);
  };
  const domain = read("domain", hostname, undefined);
  const certificate = read("certificate", arn("acm", "us-east-1"), undefined);
  const issuer = read("oidcIssuer", https, undefined);
  const audience = read("oidcAudience", text, undefined);
  const gpu = read("gpu", boolean, false);
  const instances = read("gpuInstances", instanceTypes, ["g4dn.xlarge", "g5.xlarge", "g6.xlarge"]);
  const weights = read("weights", oneOf("baked", "s3"), "baked" as const);
  const settings: Settings = {
    name: read("name", stackName, "unclip"),
    domain: domain && certificate ? { name: domain, certificate } : undefined,
    webAcl: read("webAcl", arn("wafv2", "us-east-1"), undefined),
    // What every account may have; newer ones have to ask for more.
    memory: read("memory", integer(1_024, 10_240), 3_008),
    storage: read("storage", integer(512, 10_240), 512),
    architecture: read("architecture", oneOf("x86_64", "arm64"), "x86_64" as const),
    maxWorkers: read("maxWorkers", integer(gpu ? 1 : 2, 1_000), gpu ? 2 : 10),
    keptDays: read("keptDays", integer(KEPT_JOBS.min, KEPT_JOBS.max), KEPT_JOBS.default),
    cors: read("cors", origins, []),
    introspection: read("introspection", boolean, false),
    quota: read("quota", integer(QUOTA.min, QUOTA.max), QUOTA.default),
    denyList: read("denyList", text, undefined),
    log: read("log", oneOf("debug", "info", "warn", "error"), "info" as const),
    key: read("key", kmsKey, undefined),
    oidc: issuer && audience ? { issuer, audience } : undefined,
    bundle: read("bundle", folder, "models/bundles/picto"),
    gpu: gpu ? { instances, weights } : undefined,
    email: read("email", address, undefined),
    budget: read("budget", integer(1, 1_000_000), undefined),
    keepData: read("keepData", boolean, true),
  };
  const unknown = asked.filter((key) => !known.has(key));
  if (unknown.length > 0) throw new ConfigError(`There is no setting ${unknown.join(", ")}; ${[...known].join(", ")}`);
  together("domain", domain, "certificate", certificate);
  together("oidcIssuer", issuer, "oidcAudience", audience);
  if (settings.budget !== undefined && settings.email === undefined) throw needs("budget", "email");
  if (weights === "s3" && !gpu) throw needs("weights=s3", "gpu");
  return settings;
}

/** -c gives text; cdk.context.json may hold numbers, booleans and lists. */
function written(value: unknown): string {
  return Array.isArray(value) ? value.join(",") : String(value ?? "");
}

function together(one: string, a: unknown, other: string, b: unknown): void {
  if (a !== undefined && b === undefined) throw needs(one, other);
  if (b !== undefined && a === undefined) throw needs(other, one);
}

const needs = (one: string, other: string) =>
  new ConfigError(`${PREFIX}${one} is of no use without ${PREFIX}${other}, which is not set`);

const like =
  (pattern: RegExp, must: string): Parser<string> =>
  (value) =>
    pattern.test(value) ? { ok: value } : { must };

const stackName = like(/^[a-z][a-z0-9-]{0,30}$/, "up to 31 small letters, digits and hyphens, a letter first");
const hostname = like(/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/, "a name such as pictures.example.com");
const https = like(/^https:\/\/[^\s?#]+$/, "an https:// URL");
const address = like(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, "an e-mail address");
/** It becomes a part of paths in the build of the image, which knows the repository only. */
const folder = like(/^(?!.*\.\.)[\w][\w./-]*$/, "a folder of this repository, such as models/bundles/picto");

const arn = (service: string, region = "[a-z0-9-]+"): Parser<string> =>
  like(
    new RegExp(`^arn:aws[a-z-]*:${service}:${region}:\\d{12}:\\S+$`),
    `the ARN of something of ${service}${region.startsWith("[") ? "" : ` in ${region}`}`,
  );

const kmsKey = like(
  /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/,
  "the ARN of a key of kms",
);

/** Smaller ones have no room for a worker (gpu-workers.ts). */
const instanceTypes: Parser<readonly string[]> = (value) => {
  const types = value.split(",").map((type) => type.trim());
  const right = types.every((type) => /^g\d\w*\.\d*xlarge$/.test(type));
  return right ? { ok: types } : { must: "EC2 types with an NVIDIA GPU, such as g4dn.xlarge,g5.xlarge" };
};
