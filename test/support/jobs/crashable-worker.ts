import { Jobs } from "../../../infra/jobs/jobs.ts";
import { type Clock, systemClock } from "../../../infra/ports.ts";
import { FakeEngine } from "./fake-engine.ts";
import type { InMemoryService, Ports } from "./in-memory-service.ts";
import { intercept } from "./intercept.ts";

/** A worker whose calls all block while it is frozen. One that is never resumed is dead. */
export function crashableWorker(
  service: InMemoryService,
  name: string,
  engine = new FakeEngine(),
  clock: Clock = systemClock,
) {
  let frozen: Promise<unknown> | undefined;
  let thaw = () => {};
  const freezable = <Port extends object>(port: Port) =>
    intercept(port, async (_, call) => {
      await frozen;
      const answer = await call();
      await frozen;
      return answer;
    });
  const { store, queue, blobs } = service.ports;
  const ports: Ports = { store: freezable(store), queue: freezable(queue), blobs: freezable(blobs) };
  const jobs = new Jobs({ ...ports, clock });
  const { stop } = service.startWorker(engine, { ...ports, name, jobs });
  const freeze = () => {
    frozen = new Promise<void>((resolve) => {
      thaw = resolve;
    });
  };
  return { engine, stop, freeze, thaw: () => thaw() };
}
