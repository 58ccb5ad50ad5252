// A job in a queue, and a worker that has it.
import type { Attempt } from "../../../infra/jobs/attempt.ts";
import type { Jobs } from "../../../infra/jobs/jobs.ts";
import { InMemoryService } from "./in-memory-service.ts";

export async function leaseJob(jobs: Jobs, id: string, worker = "w"): Promise<Attempt> {
  const found = await jobs.lease(id, worker);
  if (found.type !== "LEASED") throw new Error(found.type);
  return found.attempt;
}

export async function submitJob(over = {}) {
  const service = new InMemoryService();
  const id = await service.submit(over);
  await service.jobs.settled();
  return { service, id, ...service, jobs: service.jobs };
}
