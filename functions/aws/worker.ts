// SQS -> pictures, in a container of Lambda's.
import { awsSettings } from "../../infra/config/env.ts";
import { memoizeAsync } from "../../infra/util/memoize-async.ts";
import { engineOf } from "./engine.ts";
import { openBlobs, openServices } from "./services.ts";
import { workerHandler } from "./worker-handler.ts";

const settings = awsSettings();

export const handler = workerHandler({
  ...openServices(settings),
  blobs: openBlobs(settings),
  engine: memoizeAsync(() => engineOf(settings)),
});
