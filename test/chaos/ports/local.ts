import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { blobSigner } from "../../../infra/local/blob-signer.ts";
import { localBlobs } from "../../../infra/local/blobs.ts";
import { openDatabase } from "../../../infra/local/database.ts";
import { localJobStore } from "../../../infra/local/job-store.ts";
import { localQueue } from "../../../infra/local/queue.ts";
import { readSecret } from "../../../infra/local/secret.ts";
import { systemClock as clock } from "../../../infra/ports.ts";
import type { Ports } from "../../support/jobs/in-memory-service.ts";

/** The adapters of `npm start` on a new data folder. */
export async function withLocalPorts<Out>(use: (ports: Ports) => Promise<Out>): Promise<Out> {
  const folder = await mkdtemp(path.join(tmpdir(), "unclip-chaos-"));
  const database = openDatabase(folder);
  try {
    const signer = blobSigner({ secret: readSecret(folder), baseUrl: "http://127.0.0.1", clock });
    const blobs = await localBlobs(path.join(folder, "blobs"), signer, clock);
    return await use({ store: localJobStore(database), queue: localQueue(database, "jobs", clock), blobs });
  } finally {
    database.close();
    await rm(folder, { recursive: true, force: true });
  }
}
