// Deployments on AWS that `unclip-aws connect` has written to the data folder, so that `--deployment NAME` finds them.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { usageError } from "./arguments.ts";
import { dataFolder } from "./data-folder.ts";
import { didYouMean } from "./did-you-mean.ts";

/** Outputs of the stacks, by the names that the construct gives them. */
export const OUTPUT_NAMES = [
  "Url",
  "StreamUrl",
  "SocketUrl",
  "TableName",
  "BucketName",
  "WebhooksDeadUrl",
  "WebhooksDeadArn",
  "AlarmTopicArn",
  "AlarmName",
  "BatchQueue",
] as const;

export type Outputs = Readonly<Partial<Record<(typeof OUTPUT_NAMES)[number], string>>>;
export type Deployment = {
  readonly name: string;
  /** Secret of an API key. */
  readonly key: string;
  readonly outputs: Outputs & { readonly Url: string; readonly TableName: string };
};

const folder = () => path.join(dataFolder({}), "deployments");
const fileOf = (name: string) => path.join(folder(), `${name}.json`);

/** Throws INVALID_REQUEST if there is none of this name. */
export function readDeployment(name: string): Deployment {
  const found = findDeployment(name);
  if (found !== undefined) return found;
  const names = deploymentNames();
  const near = didYouMean(name, names);
  const hint = near ? `did you mean ${near}?` : `"unclip-aws connect FILE" adds one from the outputs of cdk deploy`;
  throw usageError(`there is no deployment ${name} in ${folder()}: ${hint}`);
}

export function findDeployment(name: string): Deployment | undefined {
  return deploymentNames().includes(name) ? JSON.parse(readFileSync(fileOf(name), "utf8")) : undefined;
}

/** Only this user may read the file, because it contains a key. Returns its path. */
export function writeDeployment(deployment: Deployment): string {
  mkdirSync(folder(), { recursive: true });
  const file = fileOf(deployment.name);
  writeFileSync(file, `${JSON.stringify(deployment, undefined, 2)}\n`, { mode: 0o600 });
  return file;
}

function deploymentNames(): readonly string[] {
  try {
    return readdirSync(folder()).flatMap((file) => (file.endsWith(".json") ? [file.slice(0, -".json".length)] : []));
  } catch {
    return [];
  }
}
