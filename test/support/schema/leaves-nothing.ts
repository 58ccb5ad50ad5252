import { afterEach, beforeAll, expect } from "vitest";
import type { Service } from "./service.ts";

/** After each test: no job, message, blob or listener came of it, nothing was logged, and the service answers. */
export function leavesNothing(service: Service): { more(): void } {
  let stored: string[] = [];
  const everything = () => [
    ...service.store.records.keys(),
    ...[...service.queue.messages].map(({ job }) => job.id),
    ...service.blobs.blobs.keys(),
  ];
  /** What a test itself has stored is no trace of what is then refused. */
  const more = () => {
    stored = everything();
  };
  beforeAll(more);
  afterEach(async () => {
    await service.jobs.settled();
    expect(everything()).toEqual(stored);
    expect(service.store.listeners.size).toBe(0);
    expect(service.logged).toEqual([]);
    expect(await service.get("{ viewer { owner picturesInFlight } }")).toEqual({ owner: "ada", picturesInFlight: 0 });
  });
  return { more };
}
