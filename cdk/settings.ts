// The settings of a deployment, validated: from the construct's properties, or from CDK context named unclip:...
// (`-c unclip:gpu=on`, or cdk.context.json). docs/reference/deployment-settings.md lists them.

import { QUOTA } from "../infra/auth/api-keys.ts";
import { CALLER_LIMITS } from "../infra/config/env.ts";
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
import { warmHours } from "../infra/config/warm-hours.ts";
import { JOB_RETENTION_DAYS } from "../infra/jobs/keys.ts";
import type { CallerLimitProps } from "./caller-limit-props.ts";
import type { DomainProps, GpuProps } from "./nested-props.ts";
import type { UnclipProps } from "./props.ts";
import {
  bundleFolder,
  busName,
  deploymentName,
  ecrImage,
  emailAddress,
  globalArn,
  gpuInstanceTypes,
  hostedZoneId,
  hostname,
  issuerUrl,
  kmsKeyArn,
  readableFile,
  slackChannel,
  teamsChannel,
} from "./setting-parsers.ts";
import { RATE } from "./throttle.ts";

const PREFIX = "unclip:";

type Service = Omit<UnclipProps, "place" | "codeFolder">;
type Optional =
  | "image"
  | "slack"
  | "teams"
  | "events"
  | "domain"
  | "webAcl"
  | "denyList"
  | "key"
  | "oidc"
  | "gpu"
  | "email"
  | "budget"
  | "streams"
  | "limits";

type GpuSettings = Required<Omit<GpuProps, "image" | "warmHours">> & Pick<GpuProps, "image" | "warmHours">;

/** The properties with their defaults. */
export type Settings = Required<Omit<Service, Optional>> &
  Pick<Service, Exclude<Optional, "gpu" | "limits">> & {
    readonly gpu?: GpuSettings | undefined;
    readonly limits: Required<CallerLimitProps>;
  };

/** Throws ConfigError with the name of the invalid property. */
export function settingsFromProps({ domain, oidc, gpu, limits, slack, teams, ...others }: Service): Settings {
  return readSettings("", {
    ...others,
    domain: domain?.name,
    certificate: domain?.certificate,
    hostedZone: domain?.hostedZone,
    oidcIssuer: oidc?.issuer,
    oidcAudience: oidc?.audience,
    slack: slack && `${slack.workspace}/${slack.channel}`,
    teams: teams && `${teams.tenant}/${teams.team}/${teams.channel}`,
    gpu: gpu !== undefined,
    gpuInstances: gpu?.instances,
    weights: gpu?.weights,
    gpuImage: gpu?.image,
    requestsPerMinute: limits?.requestsPerMinute,
    uploadBytesPerHour: limits?.uploadBytesPerHour,
    jobsPerHour: limits?.jobsPerHour,
    callerStreams: limits?.streams,
    callerSockets: limits?.sockets,
    minWorkers: gpu?.minWorkers,
    warmHours: gpu?.warmHours,
    onDemand: gpu?.onDemand,
    zones: gpu?.zones,
  });
}

/** Ignores keys without the prefix. Throws ConfigError with the name of the invalid or unknown setting. */
export function settingsFromContext(context: Readonly<Record<string, unknown>>): Settings {
  const own = Object.entries(context).filter(([key]) => key.startsWith(PREFIX));
  return readSettings(PREFIX, { [`${PREFIX}bundle`]: "models/bundles/picto", ...Object.fromEntries(own) });
}

function readSettings(prefix: string, values: Readonly<Record<string, unknown>>): Settings {
  const known = new Set<string>();
  const reader = createReader(Object.fromEntries(Object.entries(values).map(([key, value]) => [key, toText(value)])));
  const read = <T, D>(name: string, parser: Parser<T>, otherwise: D): T | D => {
    known.add(`${prefix}${name}`);
    return reader(`${prefix}${name}`, parser, otherwise);
  };
  const limit = (name: string, of: keyof typeof CALLER_LIMITS): number =>
    read(name, CALLER_LIMITS[of].parser, CALLER_LIMITS[of].default);
  const domain = read("domain", hostname, undefined);
  const certificate = read("certificate", globalArn("acm"), undefined);
  const hostedZone = read("hostedZone", hostedZoneId, undefined);
  const issuer = read("oidcIssuer", issuerUrl, undefined);
  const audience = read("oidcAudience", text, undefined);
  const gpu = read("gpu", boolean, false);
  const instances = read("gpuInstances", gpuInstanceTypes, ["g4dn.xlarge", "g5.xlarge", "g6.xlarge"]);
  const weights = read("weights", oneOf("baked", "s3"), "baked" as const);
  const gpuImage = read("gpuImage", ecrImage, undefined);
  const maxWorkers = read("maxWorkers", integer(gpu ? 1 : 2, 1_000), gpu ? 2 : 10);
  const minWorkers = read("minWorkers", integer(0, maxWorkers), 0);
  const warm = read("warmHours", warmHours, undefined);
  const onDemand = read("onDemand", boolean, false);
  const zones = read("zones", integer(2, 6), 3);
  const bundle = read("bundle", bundleFolder, undefined);
  const optional = {
    domain: domain === undefined ? undefined : toDomain(domain, certificate, hostedZone),
    image: read("image", ecrImage, undefined),
    front: read("front", boolean, true),
    pictureKey: read("pictureKey", integer(1, 1_000_000), 1),
    webAcl: read("webAcl", globalArn("wafv2"), undefined),
    // The maximum of new accounts.
    memory: read("memory", integer(1_024, 10_240), 3_008),
    storage: read("storage", integer(512, 10_240), 512),
    architecture: read("architecture", oneOf("x86_64", "arm64"), "x86_64" as const),
    maxWorkers,
    keptDays: read("keptDays", integer(JOB_RETENTION_DAYS.min, JOB_RETENTION_DAYS.max), JOB_RETENTION_DAYS.default),
    cors: read("cors", origins, []),
    introspection: read("introspection", boolean, false),
    quota: read("quota", integer(QUOTA.min, QUOTA.max), QUOTA.default),
    limits: {
      requestsPerMinute: limit("requestsPerMinute", "requestsPerMinute"),
      uploadBytesPerHour: limit("uploadBytesPerHour", "uploadBytesPerHour"),
      jobsPerHour: limit("jobsPerHour", "jobsPerHour"),
      streams: limit("callerStreams", "streams"),
      sockets: limit("callerSockets", "sockets"),
    },
    rate: read("rate", integer(RATE.min, RATE.max), RATE.default),
    streams: read("streams", integer(1, 1_000), undefined),
    canary: read("canary", boolean, true),
    denyList: read("denyList", readableFile, undefined),
    log: read("log", oneOf("debug", "info", "warn", "error"), "info" as const),
    key: read("key", kmsKeyArn, undefined),
    oidc: issuer && audience ? { issuer, audience } : undefined,
    gpu: gpu
      ? {
          instances,
          weights,
          minWorkers,
          warmHours: warm?.text,
          onDemand,
          zones,
          ...(gpuImage !== undefined && { image: gpuImage }),
        }
      : undefined,
    slack: read("slack", slackChannel, undefined),
    teams: read("teams", teamsChannel, undefined),
    events: read("events", busName, undefined),
    email: read("email", emailAddress, undefined),
    budget: read("budget", integer(1, 1_000_000), undefined),
    retainData: read("retainData", boolean, true),
    name: read("name", deploymentName, "unclip"),
  };
  const unknown = Object.keys(values).filter((key) => !known.has(key));
  if (unknown.length > 0) {
    throw new ConfigError(`unknown setting ${unknown.join(", ")}; the settings are ${[...known].join(", ")}`);
  }
  const requires = (one: string, other: string) =>
    new ConfigError(`${prefix}${one} requires ${prefix}${other}, which is not set`);
  if (bundle === undefined) throw new ConfigError(`${prefix}bundle is not set`);
  if (domain && !certificate && !hostedZone) throw requires("domain", "hostedZone");
  if (hostedZone && !domain) throw requires("hostedZone", "domain");
  if (certificate && !domain) throw requires("certificate", "domain");
  if (issuer && !audience) throw requires("oidcIssuer", "oidcAudience");
  if (audience && !issuer) throw requires("oidcAudience", "oidcIssuer");
  if (optional.budget && !optional.email) throw requires("budget", "email");
  if (!optional.front && domain) throw requires("domain", "front=on");
  if (!optional.front && optional.webAcl) throw requires("webAcl", "front=on");
  if (gpuImage !== undefined && !gpu) throw requires("gpuImage", "gpu");
  if (weights === "s3" && !gpu) throw requires("weights=s3", "gpu");
  if (minWorkers > 0 && !gpu) throw requires("minWorkers", "gpu");
  if (onDemand && !gpu) throw requires("onDemand", "gpu");
  if (warm && minWorkers === 0) throw requires("warmHours", "minWorkers");
  return { ...optional, bundle };
}

/** `-c` gives text; cdk.context.json may hold numbers, booleans and lists. */
function toText(value: unknown): string {
  return Array.isArray(value) ? value.join(",") : String(value ?? "");
}

function toDomain(name: string, certificate: string | undefined, hostedZone: string | undefined): DomainProps {
  return { name, ...(certificate && { certificate }), ...(hostedZone && { hostedZone }) };
}
