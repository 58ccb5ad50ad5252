import { join } from "node:path";
import { type BlobRoutes, blobRoutes } from "../../../infra/local/blob-routes.ts";
import { blobSigner } from "../../../infra/local/blob-signer.ts";
import { type LocalBlobs, localBlobs } from "../../../infra/local/blobs.ts";
import { readSecret } from "../../../infra/local/secret.ts";
import type { Clock } from "../../../infra/ports.ts";
import { manualClock } from "../jobs/records.ts";
import { dataFolder } from "./temporary-folder.ts";

export const BASE = "http://localhost:4000/api";
export const KEY = "pictures/a/0.png";
export const PNG = "image/png";

/** Blobs of a data folder and what reaches their URLs. */
export async function openBlobs(
  folder: string,
  clock: Clock,
  report: (file: string) => void = () => {},
): Promise<{ blobs: LocalBlobs; routes: BlobRoutes; fetch: (url: string, init?: RequestInit) => Promise<Response> }> {
  const signer = blobSigner({ secret: readSecret(folder), baseUrl: BASE, clock });
  const blobs = await localBlobs(join(folder, "blobs"), signer, clock, report);
  const routes = blobRoutes(blobs, signer);
  return { blobs, routes, fetch: async (url, init) => (await routes(new Request(url, init)))! };
}

/** With one blob in them, under KEY, and a clock in the test's hand. */
export async function open() {
  const clock = manualClock();
  const { blobs, routes, fetch } = await openBlobs(dataFolder(), clock);
  await blobs.put(KEY, { bytes: Buffer.from("picture"), contentType: PNG });
  return { clock, blobs, routes, fetch };
}

export const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code;
