// Lambda entry, each minute: backlog -> workers on AWS Batch.
import { batchWorkers } from "../../infra/aws/batch.ts";
import { batchClient } from "../../infra/aws/clients/batch.ts";
import { awsLease } from "../../infra/aws/lease.ts";
import { awsSettings } from "../../infra/config/env.ts";
import { systemClock as clock } from "../../infra/ports.ts";
import { scalerHandler } from "./scaler-handler.ts";
import { openServices } from "./services.ts";

const settings = awsSettings();
const { batchQueue, batchJob, maxWorkers, minWorkers, warmHours } = settings;
const clients = { lists: batchClient(), starts: batchClient({ maxAttempts: 1 }) };
const workers = batchWorkers(clients, { queue: batchQueue, job: batchJob }, clock);
const services = openServices(settings);
const lease = awsLease(services.dynamo, services.table, "scaler", clock);

export const handler = scalerHandler({ ...services, workers, maxWorkers, minWorkers, warmHours, lease, clock });
