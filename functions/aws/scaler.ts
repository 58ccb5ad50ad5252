// Lambda entry, each minute: backlog -> workers on AWS Batch.
import { batchWorkers } from "../../infra/aws/batch.ts";
import { batchClient } from "../../infra/aws/clients/batch.ts";
import { awsSettings } from "../../infra/config/env.ts";
import { systemClock } from "../../infra/ports.ts";
import { scalerHandler } from "./scaler-handler.ts";
import { openServices } from "./services.ts";

const settings = awsSettings();
const { batchQueue, batchJob, maxWorkers } = settings;
const workers = batchWorkers(batchClient(), { queue: batchQueue, job: batchJob }, systemClock);

export const handler = scalerHandler({ ...openServices(settings), workers, maxWorkers });
