// All stacks, joined.
import { type App, Tags, Validations } from "aws-cdk-lib";
import { Api } from "./api.ts";
import { Budget } from "./budget.ts";
import { readBundleInfo } from "./bundle-info.ts";
import { Observability } from "./dashboard.ts";
import { Data } from "./data.ts";
import { deployDenyList } from "./deny-list.ts";
import type { Deployment } from "./deployment.ts";
import { GpuWorkers } from "./gpu-workers.ts";
import type { EntryName } from "./lambda-entries.ts";
import { Maintenance } from "./maintenance.ts";
import { NagRules } from "./nag.ts";
import { settingsOf } from "./settings.ts";
import { Workers } from "./workers.ts";

export type Source = { readonly root: string; readonly code: (entry: EntryName) => string };

/** Throws BadSetting. What cdk-nag finds and nobody has accepted ends the synthesis. */
export function makeStacks(app: App, { root, code }: Source): void {
  const settings = settingsOf(app.node.getAllContext());
  deployDenyList(settings, { root, code });
  const { name, email, budget } = settings;
  const about = (description: string) => ({ description: `unclip: ${description}` });
  Validations.of(app).addPlugins(new NagRules(app));
  Tags.of(app).add("unclip", name);

  const model = readBundleInfo(root, settings.bundle);
  const data = new Data(app, `${name}-data`, settings, about("table, bucket, queues, secret"));
  const { alarms } = data;
  const deployment: Deployment = { settings, model, data, alarms, root, code };
  const workers = new Workers(app, `${name}-workers`, deployment, about("the worker image on Lambda"));
  const { functionName, functionArn } = workers.embed.lambda;
  const embedder = { name: functionName, arn: functionArn };
  const api = new Api(app, `${name}-api`, deployment, embedder, about("GraphQL over HTTP, SSE and WebSocket"));
  const maintenance = new Maintenance(app, `${name}-maintenance`, deployment, about("sweeper, webhooks, dead letters"));
  const gpu = settings.gpu && new GpuWorkers(app, `${name}-gpu`, deployment, about("workers with a GPU on Batch"));
  const drawing = [workers.embed, workers.draw, gpu?.scaler].filter((one) => one !== undefined);
  const functions = [...api.functions, ...drawing, ...maintenance.functions].map((one) => one.name);
  new Observability(app, `${name}-observability`, { data, api, functions }, about("dashboard"));
  if (budget !== undefined && email !== undefined) {
    new Budget(app, `${name}-budget`, { dollars: budget, email }, about("budget"));
  }
}
