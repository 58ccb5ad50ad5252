// Creates what jobs need on one machine: database, queue, blobs.
import path from "node:path";
import { Jobs } from "../../infra/jobs/jobs.ts";
import { backupRoute } from "../../infra/local/backup.ts";
import { type BlobRoutes, blobRoutes } from "../../infra/local/blob-routes.ts";
import { blobSigner } from "../../infra/local/blob-signer.ts";
import { localBlobs } from "../../infra/local/blobs.ts";
import type { Database } from "../../infra/local/database.ts";
import { localJobStore } from "../../infra/local/job-store.ts";
import { localQueue } from "../../infra/local/queue.ts";
import { readSecret } from "../../infra/local/secret.ts";
import { systemClock as clock } from "../../infra/ports.ts";
import { createErrorLogger, type Logger } from "../log.ts";

export async function openServices(database: Database, folder: string, baseUrl: string, log: Logger) {
  const secret = readSecret(folder);
  const signer = blobSigner({ secret, baseUrl, clock });
  const blobs = await localBlobs(path.join(folder, "blobs"), signer, clock, (file) =>
    log.error({ file }, "set aside a damaged file"),
  );
  const onError = createErrorLogger(log);
  const store = localJobStore(database, onError);
  const queue = localQueue(database, "jobs", clock);
  const jobs = new Jobs({ store, queue, clock, onError });
  const [backup, serveBlobs] = [backupRoute(database, secret, clock), blobRoutes(blobs, signer)];
  const routes: BlobRoutes = async (request) => backup(request) ?? serveBlobs(request);
  return { secret, store, queue, blobs, routes, jobs };
}

export type Services = Awaited<ReturnType<typeof openServices>>;
