// What the stacks are made from, and what their functions are told: the variables of infra/env.ts.
import { AWS_VARIABLES } from "../infra/config/env.ts";
import type { Alarms } from "./alarms.ts";
import type { BundleInfo } from "./bundle-info.ts";
import type { Data } from "./data.ts";
import { DENY_LIST } from "./deny-list.ts";
import type { Environment } from "./function.ts";
import type { EntryName } from "./lambda-entries.ts";
import type { Settings } from "./settings.ts";

export type Deployment = {
  readonly settings: Settings;
  readonly model: BundleInfo;
  readonly data: Data;
  readonly alarms: Alarms;
  /** The folder of an entry's code. */
  readonly code: (entry: EntryName) => string;
  /** Of the repository. */
  readonly root: string;
};

type Name = keyof typeof AWS_VARIABLES;

/** Variables by their names here; what is undefined is left out. */
export function toEnvironment(
  values: Readonly<Partial<Record<Name, string | number | boolean | undefined>>>,
): Environment {
  const set = Object.entries(values).filter(([, value]) => value !== undefined && value !== "");
  return Object.fromEntries(set.map(([name, value]) => [AWS_VARIABLES[name as Name], String(value)]));
}

/** For whatever changes jobs. */
export function jobsEnvironment({ data, settings }: Deployment): Environment {
  return toEnvironment({
    table: data.table.tableName,
    queue: data.queues.jobs.queueUrl,
    keptDays: settings.keptDays,
    logLevel: settings.log,
  });
}

/** For whatever answers GraphQL. */
export function apiEnvironment(deployment: Deployment, embedder: string): Environment {
  const { data, settings, model } = deployment;
  const { cors, introspection, quota, denyList, oidc } = settings;
  return {
    ...jobsEnvironment(deployment),
    ...toEnvironment({
      bucket: data.bucket.bucketName,
      secret: data.secret.secretArn,
      embedder,
      model: model.info,
      cors: cors.join(","),
      introspection: introspection ? "on" : "off",
      quota,
      denyList: denyList && DENY_LIST,
      oidcIssuer: oidc?.issuer,
      oidcAudience: oidc?.audience,
    }),
  };
}
