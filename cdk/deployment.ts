// What the parts of a deployment share, and the environment variables of their functions (infra/config/env.ts).
import { AWS_VARIABLES, CALLER_LIMITS } from "../infra/config/env.ts";
import type { Alarms } from "./alarms.ts";
import type { BundleInfo } from "./bundle-info.ts";
import type { Data } from "./data.ts";
import { DENY_LIST } from "./deny-list.ts";
import type { EntryName } from "./lambda-entries.ts";
import type { Settings } from "./settings.ts";

/** CloudFront in front of the pictures. */
export type PictureUrls = {
  readonly origin: string;
  /** Generation and id of the key that signs, as functions read it (infra/config/env.ts). */
  readonly key: string;
};

export type Deployment = {
  readonly settings: Settings;
  readonly bundle: BundleInfo;
  readonly data: Data;
  readonly alarms: Alarms;
  /** Undefined: functions sign URLs of S3. */
  readonly pictures: PictureUrls | undefined;
  /** The folder with the built code of a function. */
  readonly lambdaCode: (entry: EntryName) => string;
  /** The Docker build context of the worker image. */
  readonly imageFolder: string;
};

/** Environment variables of a function. */
export type Environment = Readonly<Record<string, string>>;

/** The function that embeds captions and pictures. */
export type Embedder = { readonly name: string; readonly arn: string };

type VariableName = keyof typeof AWS_VARIABLES;

/** Maps names of AWS_VARIABLES to environment variables. Undefined and empty values are left out. */
export function toEnvironment(
  values: Readonly<Partial<Record<VariableName, string | number | boolean | undefined>>>,
): Environment {
  const set = Object.entries(values).filter(([, value]) => value !== undefined && value !== "");
  return Object.fromEntries(set.map(([name, value]) => [AWS_VARIABLES[name as VariableName], String(value)]));
}

function limitsEnvironment(limits: Settings["limits"]): Environment {
  const names = Object.keys(limits) as (keyof Settings["limits"])[];
  return Object.fromEntries(names.map((name) => [CALLER_LIMITS[name].variable, `${limits[name]}`]));
}

/** For functions that change jobs. */
export function jobsEnvironment({ data, settings }: Deployment): Environment {
  return toEnvironment({
    table: data.table.tableName,
    queue: data.queues.jobs.queueUrl,
    keptDays: settings.keptDays,
    logLevel: settings.log,
  });
}

/** For functions that execute GraphQL. */
export function apiEnvironment(deployment: Deployment, embedder: string | undefined): Environment {
  const { data, settings, bundle } = deployment;
  const { cors, introspection, quota, denyList, oidc } = settings;
  return {
    ...jobsEnvironment(deployment),
    ...limitsEnvironment(settings.limits),
    ...toEnvironment({
      bucket: data.bucket.bucketName,
      secret: data.secret.secretArn,
      embedder,
      model: bundle.info,
      cors: cors.join(","),
      introspection: introspection ? "on" : "off",
      quota,
      denyList: denyList && DENY_LIST,
      oidcIssuer: oidc?.issuer,
      oidcAudience: oidc?.audience,
    }),
  };
}
