// Owners of one service must not notice each other. Each owner's answers are compared with those of a service that only
// this owner uses, over random sequences of everything a caller can do.
import { describe, expect, test } from "vitest";
import type { Engine } from "../../infra/jobs/engine.ts";
import { jobId } from "../../infra/jobs/identity.ts";
import { Jobs } from "../../infra/jobs/jobs.ts";
import { runAttempt } from "../../infra/jobs/run-attempt.ts";
import type { Tenant } from "../../infra/jobs/tenant.ts";
import type { Blobs, Clock, JobPage, JobStore } from "../../infra/ports.ts";
import { generate, submitOptions } from "../support/jobs/builders.ts";
import { MemoryBlobs, MemoryQueue, MemoryStore } from "../support/jobs/in-memory-adapters.ts";
import { manualClock } from "../support/jobs/records.ts";
import { randomOf } from "../support/random.ts";

type Stores = { readonly store: JobStore; readonly blobs: Blobs };
type OpenStores = (clock: Clock) => Promise<Stores & { readonly close: () => Promise<void> }>;

const OWNERS = ["ada", "bob"] as const;
const KEYS = ["k0", "k1", "k2", "k3"];
const UPLOADS = ["00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002", "../ada/1"];
const IDS = ["never", ...OWNERS.flatMap((owner) => KEYS.map((key) => jobId(owner, key)))];

/** Draws at once. Its timings name the stages that were computed and not found in the cache. */
const engine: Engine = {
  digest: "bundle",
  clip: "clip",
  preview: async () => new Uint8Array(),
  draw: async (request, _images, { stageCache, onPicture }) => {
    const found = await stageCache.load("prior");
    if (!found) await stageCache.save("prior", Buffer.from("prior"));
    const embedding = Float32Array.of(1, request.seed);
    const pictures = [{ png: Buffer.from("png"), size: 64, seed: request.seed, embedding }];
    onPicture(pictures[0]!, 0);
    return { pictures, warnings: [], timings: found ? [] : [{ stage: "prior", milliseconds: 1 }] };
  },
};

function service({ store, blobs }: Stores, clock: Clock) {
  const queue = new MemoryQueue(clock);
  const jobs = new Jobs({ store, queue, clock });
  const log = { attempt: () => {}, error: () => {} };
  const signal = new AbortController().signal;
  /** A worker draws the owner's job, if it waits. */
  const draw = async (id: string) => {
    const leased = await jobs.lease(id, "w");
    if (leased.type !== "LEASED") return;
    await runAttempt(leased.attempt, signal, { name: "w", jobs, store, queue, blobs, engine, log, signal });
  };
  return { jobs, blobs, draw };
}

type Service = ReturnType<typeof service>;
type Act = (tenant: Tenant, service: Service) => Promise<unknown>;

/** The next random act of an owner. The same act is carried out in the shared service and in the owner's own. */
function chooseAct(random: () => number, owner: string, clock: Clock): Act {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  const [key, id, upload, seed] = [pick(KEYS), pick(IDS), pick(UPLOADS), Math.floor(random() * 2)];
  const after: JobPage["after"] = { createdAt: clock.now() - Math.floor(random() * 60_000), id };
  const options = submitOptions({ idempotencyKey: key, request: generate({ seed, count: 1 }), quota: 3 });
  return pick<Act>([
    async (tenant, { jobs }) => {
      const submitted = await tenant.submit(options);
      await jobs.settled();
      return submitted;
    },
    (_, { draw }) => draw(jobId(owner, key)),
    (tenant) => tenant.get(id),
    (tenant) => tenant.findSubmitted(key),
    (tenant) => tenant.cancel(id),
    (tenant) => tenant.setStarred(id, 0, random() < 0.7),
    (tenant, { blobs }) => tenant.delete(id, blobs),
    (tenant, { blobs }) => tenant.deletePicture(id, 0, blobs),
    (tenant) => tenant.list({ first: 3, ...(random() < 0.5 && { after }) }),
    (tenant) => tenant.list({ first: 9, status: ["SUCCEEDED", "CANCELED"] }),
    (tenant) => tenant.list({ first: 2, fromEnd: true, before: after, starred: random() < 0.5 }),
    (tenant) => tenant.search({ clip: "clip", vector: Float32Array.of(1, 0) }, 5),
    (tenant) => tenant.picturesInFlight(),
    async (tenant) => {
      const job = await tenant.get(id);
      return job && tenant.position(job);
    },
    async (tenant) => {
      const since = clock.now() - Math.floor(random() * 60_000);
      const found: unknown[] = [];
      for await (const { event, record } of tenant.eventsAfter(await tenant.startOfEvents({ since }))) {
        found.push([record.id, event]);
      }
      return found;
    },
    async (tenant) => {
      const events = await tenant.watch(id, 0, AbortSignal.abort());
      return events && (await events.next());
    },
    async (tenant, { blobs }) => {
      const name = tenant.uploadKey(upload);
      return name && blobs.put(name, { bytes: Buffer.from(owner), contentType: "image/png" });
    },
    async (tenant, { blobs }) => {
      const name = tenant.uploadKey(upload);
      return name && Buffer.from((await blobs.get(name))?.bytes ?? []).toString();
    },
  ]);
}

export function contractOfTenants(name: string, steps: number, open: OpenStores): void {
  describe(`two owners of one service: ${name}`, () => {
    test.each([1, 2, 3])("get the answers of a service of their own (seed %i)", async (seed) => {
      const random = randomOf(seed);
      const clock = manualClock();
      const stores = await open(clock);
      const shared = service(stores, clock);
      const alone = new Map(
        OWNERS.map((owner) => {
          return [owner, service({ store: new MemoryStore(), blobs: new MemoryBlobs(clock) }, clock)] as const;
        }),
      );
      try {
        for (let step = 0; step < steps; step++) {
          const owner = OWNERS[Math.floor(random() * 2)]!;
          // Both runs of an act draw the same numbers.
          const draw = Math.floor(random() * 1e9);
          const run = (one: Service) => chooseAct(randomOf(draw), owner, clock)(one.jobs.of(owner), one);
          const [own, found] = [await run(alone.get(owner)!), await run(shared)];
          expect(found, `step ${step} of ${owner}`).toEqual(own);
          clock.pass(1);
        }
      } finally {
        await stores.close();
      }
    });
  });
}
