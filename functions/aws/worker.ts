// SQS -> pictures, in a container of Lambda's.
import { awsSettings } from "../../infra/config/env.ts";
import { once } from "../../infra/util/memoize-async.ts";
import { engineOf } from "./engine.ts";
import { openBlobs, openWorld } from "./services.ts";
import { workerHandler } from "./worker-handler.ts";

const settings = awsSettings();

export const handler = workerHandler({
  ...openWorld(settings),
  blobs: openBlobs(settings),
  engine: once(() => engineOf(settings)),
});
