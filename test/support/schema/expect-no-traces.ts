import { afterEach, beforeAll, expect } from "vitest";
import type { Service } from "./service.ts";

/** After each test: no new job, message, blob or listener exists, nothing is logged, and the service still responds. */
export function expectNoTraces(service: Service): { ignoreStored(): void } {
  let stored: string[] = [];
  const everything = () => [
    ...service.store.records.keys(),
    ...[...service.queue.messages].map(({ job }) => job.id),
    ...service.blobs.blobs.keys(),
  ];
  /** For what a test stores itself before the request that is refused. */
  const ignoreStored = () => {
    stored = everything();
  };
  beforeAll(ignoreStored);
  afterEach(async () => {
    await service.jobs.settled();
    expect(everything()).toEqual(stored);
    expect(service.store.listeners.size).toBe(0);
    expect(service.logged).toEqual([]);
    expect(await service.get("{ viewer { owner picturesInFlight } }")).toEqual({ owner: "ada", picturesInFlight: 0 });
  });
  return { ignoreStored };
}
