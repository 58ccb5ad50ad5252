// The construct: a complete deployment of unclip.
import path from "node:path";
import { Tags } from "aws-cdk-lib";
import type { Distribution } from "aws-cdk-lib/aws-cloudfront";
import type { Table } from "aws-cdk-lib/aws-dynamodb";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { Bucket } from "aws-cdk-lib/aws-s3";
import type { Topic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import { Api } from "./api.ts";
import { Budget } from "./budget.ts";
import { readBundleInfo } from "./bundle-info.ts";
import { checkCapacity } from "./capacity.ts";
import { CODE_FOLDER } from "./code-folder.ts";
import { Observability } from "./dashboard.ts";
import { Data } from "./data.ts";
import { addDenyList } from "./deny-list.ts";
import type { Deployment, Embedder } from "./deployment.ts";
import { LIVE, type ServiceFunction } from "./function.ts";
import { GpuWorkers } from "./gpu-workers.ts";
import type { EntryName } from "./lambda-entries.ts";
import { Maintenance } from "./maintenance.ts";
import type { Part, Placement } from "./parts.ts";
import { Pictures } from "./pictures.ts";
import type { UnclipProps } from "./props.ts";
import type { Queues } from "./queues.ts";
import { SecretsCompletion } from "./secrets.ts";
import { type Settings, settingsFromProps } from "./settings.ts";
import { Workers } from "./workers.ts";

/** A GraphQL API that generates pictures with unCLIP: API, workers, storage, alarms and a dashboard. */
export class Unclip extends Construct {
  /** URL of GraphQL over HTTP. */
  readonly url: string;
  /** URL of GraphQL over server-sent events. */
  readonly streamUrl: string;
  /** URL of GraphQL over WebSocket, protocol graphql-transport-ws. */
  readonly socketUrl: string;
  /** CloudFront's distribution in front of the API; undefined without `front`. */
  readonly distribution: Distribution | undefined;
  /** CloudFront's distribution in front of the pictures; undefined without `front`. */
  readonly pictures: Distribution | undefined;
  /** Jobs, API keys and WebSocket connections. */
  readonly table: Table;
  /** Uploads, previews and pictures. */
  readonly bucket: Bucket;
  /** Queues of jobs and webhooks, and the dead-letter queues. */
  readonly queues: Queues;
  /** Receives every alarm. */
  readonly alarmTopic: Topic;
  /** Names of all alarms. */
  readonly alarmNames: readonly string[];
  /** All Lambda functions, by their id: "graphql", "draw" ... */
  readonly functions: Readonly<Record<string, IFunction>>;

  /** Throws an error with the name of the invalid property. */
  constructor(scope: Construct, id: string, { place, codeFolder = CODE_FOLDER, ...props }: UnclipProps) {
    super(scope, id);
    const settings = settingsFromProps(props);
    const inPlace = <T extends Construct>(part: Part, create: (scope: Construct, id: string) => T): T => {
      const placement: Placement = place?.(part) ?? { scope: this, id: part };
      const created = create(placement.scope, placement.id);
      Tags.of(created).add("unclip", settings.name);
      return created;
    };
    const bundle = readBundleInfo(settings.bundle);
    checkCapacity(bundle.spec, settings);
    const data = inPlace("Data", (...at) => new Data(...at, settings));
    const common = {
      settings,
      data,
      alarms: data.alarms,
      bundle,
      lambdaCode: lambdaCode(codeFolder, settings),
      imageFolder: path.join(codeFolder, "image"),
    };
    // In the stack of the data: the bucket's policy names this distribution.
    const secrets = new SecretsCompletion(data, "Secrets", common);
    const pictures = settings.front ? new Pictures(data, "Pictures", common, secrets) : undefined;
    const deployment: Deployment = { ...common, pictures };
    const workers = inPlace("Workers", (...at) => new Workers(...at, deployment));
    const embedder = workers.embed && embedderOf(workers.embed);
    const api = inPlace("Api", (...at) => new Api(...at, deployment, embedder));
    const maintenance = inPlace("Maintenance", (...at) => new Maintenance(...at, deployment, api.sockets));
    const gpu = settings.gpu && inPlace("Gpu", (...at) => new GpuWorkers(...at, deployment));
    const functions = [
      ...api.functions,
      ...[workers.embed, workers.draw, gpu?.scaler].filter((one): one is ServiceFunction => one !== undefined),
      ...maintenance.functions,
    ];
    const functionNames = functions.map(({ name }) => name);
    inPlace("Observability", (...at) => new Observability(...at, { data, api, functionNames }));
    const { budget, email } = settings;
    if (budget !== undefined && email !== undefined) {
      inPlace("Budget", (...at) => new Budget(...at, { dollars: budget, email }));
    }

    this.url = api.url;
    this.streamUrl = api.streamUrl;
    this.socketUrl = api.sockets.url;
    this.distribution = api.distribution;
    this.pictures = pictures?.distribution;
    this.table = data.table;
    this.bucket = data.bucket;
    this.queues = data.queues;
    this.alarmTopic = data.alarms.topic;
    this.alarmNames = data.alarms.names;
    this.functions = Object.fromEntries(functions.map(({ node, lambda }) => [node.id, lambda]));
  }
}

/** By name, not by the alias's own reference: what the stacks export to each other stays the same. */
function embedderOf({ lambda: { functionName, functionArn } }: ServiceFunction): Embedder {
  return { name: `${functionName}:${LIVE}`, arn: `${functionArn}:${LIVE}` };
}

function lambdaCode(codeFolder: string, { denyList }: Settings): (entry: EntryName) => string {
  const folderOf = (entry: EntryName) => path.join(codeFolder, "lambda", entry);
  return denyList === undefined ? folderOf : (entry) => addDenyList(folderOf(entry), denyList);
}
