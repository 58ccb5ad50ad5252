// A process on AWS Batch: queue -> pictures, until the queue is empty. The networks are loaded once for all its jobs.
import { hostname } from "node:os";
import { awsSettings } from "../../infra/config/env.ts";
import { drain } from "./drain-handler.ts";
import { engineOf } from "./engine.ts";
import { openBlobs, openServices } from "./services.ts";

const settings = awsSettings();
const stop = new AbortController();
process.on("SIGTERM", () => stop.abort());

const { idleSeconds, metadata } = settings;
const world = openServices(settings);
const blobs = openBlobs(settings);
try {
  const engine = await engineOf(settings);
  await drain({ ...world, blobs, engine, name: `batch/${hostname()}`, idleSeconds, metadata, stop });
  await engine.close();
} catch (err) {
  world.log.fatal({ err }, "the worker cannot begin");
  process.exitCode = 1;
}
