// Creates the services of the GraphQL API on AWS, which has no engine and no weights.
import { awsCallerLimiter } from "../../infra/aws/caller-limiter.ts";
import { awsKeyStore } from "../../infra/aws/key-store.ts";
import type { AwsSettings } from "../../infra/config/env.ts";
import { systemClock as clock, type Embedder } from "../../infra/ports.ts";
import { lazyPort } from "../../infra/util/lazy-port.ts";
import { deriveWebhookSecret } from "../../infra/webhooks/deliver.ts";
import { UnclipError } from "../../models/errors.ts";
import { type ApiOptions, createApi } from "../../schema/index.ts";
import { readDenyList } from "../deny-list.ts";
import { createAuthenticator } from "./authenticate.ts";
import { STREAM_PATH } from "./http.ts";
import { openBlobs, openSecrets, openServices } from "./services.ts";

/** Longer than the function of streams may run (cdk/lambda-entries.ts). */
const STREAM_SECONDS = 200;

/** Throws ConfigError. */
export function openApiServices(settings: AwsSettings) {
  const services = openServices(settings);
  const { log, jobs, queue, dynamo, table } = services;
  const { model, embedder, oidc, quota, cors, introspection } = settings;
  const content = readDenyList(settings.denyList);
  const blobs = openBlobs(settings);
  const secrets = openSecrets(settings);
  const logError: ApiOptions["log"] = (err, facts) => log.error({ err, ...facts }, "unhandled error");
  const limiter = awsCallerLimiter(dynamo, table, settings.limits, clock);
  const authenticator = createAuthenticator({ keys: awsKeyStore(dynamo, table), oidc, quota, clock });
  const options: ApiOptions = {
    jobs,
    queue,
    blobs,
    models: [model],
    embedder: openEmbedder(embedder),
    webhookSecret: async (owner) => deriveWebhookSecret(owner, (await secrets()).webhooks),
    authenticate: authenticator.authenticate,
    limiter,
    policy: { streamSeconds: STREAM_SECONDS },
    content,
    introspection,
    graphiql: introspection,
    streamUrl: settings.streamUrl ?? STREAM_PATH,
    cors,
    onRefusedOrigin: (origin) =>
      log.warn({ origin }, "refused a page of another origin: the setting cors does not list it"),
    log: logError,
  };
  return {
    ...services,
    blobs,
    authenticator,
    limiter,
    options,
    originSecret: settings.originSecret,
    api: createApi(options),
  };
}

/** What a deployment without the function answers (cdk/capacity.ts). */
const NO_EMBEDDER: Embedder = {
  embed: async () => {
    throw new UnclipError(
      "INVALID_REQUEST",
      "This deployment does not embed: its model's CLIP is too large for Lambda",
    );
  },
};

/** Loaded lazily, because only searches need it. */
function openEmbedder(name: string | undefined): Embedder {
  if (name === undefined) return NO_EMBEDDER;
  return lazyPort(async () => {
    const [{ awsEmbedder }, { lambdaClient }] = await Promise.all([
      import("../../infra/aws/embedder.ts"),
      import("../../infra/aws/clients/lambda.ts"),
    ]);
    return awsEmbedder(lambdaClient(), name);
  });
}
