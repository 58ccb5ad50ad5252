// SQS -> pictures, in a container of Lambda's.
import { awsSettings } from "../../infra/env.ts";
import { once } from "../../infra/once.ts";
import { workerHandler } from "./worker-handler.ts";
import { engineOf } from "./engine.ts";
import { openBlobs, openWorld } from "./world.ts";

const settings = awsSettings();

export const handler = workerHandler({
  ...openWorld(settings),
  blobs: openBlobs(settings),
  engine: once(() => engineOf(settings)),
});
