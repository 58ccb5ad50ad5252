// The API as the functions on AWS serve it: no engine, no weights.
import { awsKeyStore } from "../../infra/aws/key-store.ts";
import type { AwsSettings } from "../../infra/config/env.ts";
import { systemClock as clock, type Embedder } from "../../infra/ports.ts";
import { lazyPort } from "../../infra/util/lazy-port.ts";
import { memoizeAsync } from "../../infra/util/memoize-async.ts";
import { secretFor } from "../../infra/webhooks/deliver.ts";
import { type ApiOptions, createApi } from "../../schema/index.ts";
import { readDenyList } from "../deny-list.ts";
import { createAuthenticator } from "./authenticate.ts";
import { STREAMS } from "./http.ts";
import { openBlobs, openServices } from "./services.ts";

/** Throws BadSetting. */
export function openApiServices(settings: AwsSettings) {
  const world = openServices(settings);
  const { log, jobs, dynamo, table } = world;
  const { model, embedder, secret: secretId, oidc, quota, cors, introspection } = settings;
  const content = readDenyList(settings.denyList);
  const blobs = openBlobs(settings);
  const secret = memoizeAsync(() => readSecret(secretId));
  const masked: ApiOptions["log"] = (err, facts) => log.error({ err, ...facts }, "a request met a bug");
  const gate = createAuthenticator({ keys: awsKeyStore(dynamo, table), oidc, quota, clock });
  const options: ApiOptions = {
    jobs,
    blobs,
    models: [model],
    embedder: openEmbedder(embedder),
    webhookSecret: async (owner) => secretFor(owner, await secret()),
    authenticate: gate.authenticate,
    content,
    // On this machine listens the function's own runtime.
    policy: { loopbackWebhooks: false },
    introspection,
    graphiql: introspection,
    streamPath: STREAMS,
    cors,
    log: masked,
  };
  return { ...world, blobs, gate, options, api: createApi(options) };
}

/** Only a search needs it ... */
function openEmbedder(name: string): Embedder {
  return lazyPort(async () => {
    const [{ awsEmbedder }, { lambdaClient }] = await Promise.all([
      import("../../infra/aws/embedder.ts"),
      import("../../infra/aws/clients/lambda.ts"),
    ]);
    return awsEmbedder(lambdaClient(), name);
  });
}

/** ... and only who asks what webhooks are signed with. */
async function readSecret(id: string): Promise<Uint8Array> {
  const [{ awsSecret }, { secretsClient }] = await Promise.all([
    import("../../infra/aws/secret.ts"),
    import("../../infra/aws/clients/secrets.ts"),
  ]);
  return awsSecret(secretsClient(), id)();
}

export type ApiServices = ReturnType<typeof openApiServices>;
