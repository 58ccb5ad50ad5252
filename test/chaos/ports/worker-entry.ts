// A worker of the AWS adapters in a process of its own, until it is killed. Its argument is an AwsPlace as JSON.
import { Jobs } from "../../../infra/jobs/jobs.ts";
import { runWorker } from "../../../infra/jobs/worker.ts";
import { systemClock } from "../../../infra/ports.ts";
import { quickEngine } from "../../support/aws/quick-engine.ts";
import { awsPorts } from "./aws.ts";
import { MOTO_LEASE_MS, shortenPolicy } from "./policy.ts";

shortenPolicy(MOTO_LEASE_MS);
const ports = awsPorts(JSON.parse(process.argv[2]!));
process.stdout.write("ready\n");
await runWorker({
  ...ports,
  name: `process ${process.pid}`,
  jobs: new Jobs({ ...ports, clock: systemClock, onError: () => {} }),
  engine: quickEngine(),
  log: { attempt: () => {}, error: () => {} },
  signal: new AbortController().signal,
});
