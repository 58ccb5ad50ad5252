// What one sweep costs its processor: the sweeper over the real adapters and the real SDK, against answers on the loopback.
//   npx tsx test/bench/sweep/sweep.ts [records]
// TLS is not in it, nor how long AWS takes to answer. CPU time, so that what else runs here counts little.
import { fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { sweeperHandler } from "../../../functions/aws/sweeper-handler.ts";
import { dynamoClient } from "../../../infra/aws/clients/dynamo.ts";
import { sqsClient } from "../../../infra/aws/clients/sqs.ts";
import { awsJobStore } from "../../../infra/aws/job-store.ts";
import { awsQueue } from "../../../infra/aws/queue.ts";
import { Jobs } from "../../../infra/jobs/jobs.ts";
import { DAY_MS } from "../../../infra/jobs/keys.ts";
import { systemClock as clock } from "../../../infra/ports.ts";
import { NO_SOCKETS, silent } from "../../support/aws/lambda-events.ts";

const records = Number(process.argv[2] ?? 10_000);
const wire = fork(path.join(import.meta.dirname, "wire.ts"), [String(records)]);
const [{ port }] = (await once(wire, "message")) as [{ port: number }];

const credentials = { accessKeyId: "bench", secretAccessKey: "bench" };
const config = { endpoint: `http://127.0.0.1:${port}`, region: "us-east-1", credentials };
const store = awsJobStore(dynamoClient(config), { table: "bench", retentionMs: DAY_MS });
const queue = awsQueue(sqsClient(config), `http://127.0.0.1:${port}/1/jobs`);
const onError = (what: string, error: unknown) => console.error(what, error);
const jobs = new Jobs({ store, queue, clock, onError });
const sweep = sweeperHandler({ jobs, webhooks: queue, ...NO_SOCKETS, log: silent });

const before = process.cpuUsage();
await sweep(undefined, { getRemainingTimeInMillis: () => 600_000 });
const { user, system } = process.cpuUsage(before);
wire.send("done");
const [calls] = await once(wire, "message");
const each = (user + system) / 1_000 / records;
process.stdout.write(
  `${records} messages sent again: ${each.toFixed(2)} ms of processor each; ${JSON.stringify(calls)}\n`,
);
