// The process on AWS Batch: queue -> pictures, until the queue is empty. It loads the networks once for all its jobs.
import { hostname } from "node:os";
import { awsSettings } from "../../infra/config/env.ts";
import { drain } from "./drain-handler.ts";
import { openWorkerEngine } from "./engine.ts";
import { openBlobs, openServices } from "./services.ts";

const settings = awsSettings();
const stop = new AbortController();
process.on("SIGTERM", () => stop.abort());

const { idleSeconds, metadata } = settings;
const services = openServices(settings);
const blobs = openBlobs(settings);
try {
  const engine = await openWorkerEngine(settings);
  await drain({ ...services, blobs, engine, name: `batch/${hostname()}`, idleSeconds, metadata, stop });
  await engine.close();
} catch (err) {
  services.log.fatal({ err }, "starting the worker failed");
  process.exitCode = 1;
}
