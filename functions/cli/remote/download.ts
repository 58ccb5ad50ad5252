// Downloads the result of a job that succeeded.
import { UnclipError } from "../../../models/errors.ts";
import type { AnimationFormat } from "../../../models/request.ts";
import type { Control, Result, Warning } from "../../../models/types.ts";
import { retry } from "./retry.ts";
import { type Service, withTimeout } from "./service.ts";

const DOWNLOAD_TIMEOUT_MS = 120_000;

const RESULT = `query ($id: ID!) { job(id: $id) {
  pictures { url size seed score }
  sheet { url }
  animation { url }
  request { ... on InterpolateRequest { animate } ... on ManipulateRequest { animate } }
  warnings { code message }
  timings { stage milliseconds }
} }`;

type Link = { readonly url: string };
type Job = {
  readonly pictures: readonly (Link & { size: number; seed: number; score: number | null })[];
  readonly sheet: Link | null;
  readonly animation: Link | null;
  readonly request: { readonly animate?: "WEBP" | "GIF" };
  readonly warnings: readonly Warning[];
  readonly timings: Result["timings"];
};

export async function download(service: Service, id: string, { signal, onPicture }: Control): Promise<Result> {
  const job = await retry(() => service.query<Job | null>(RESULT, { id }, signal), signal);
  if (!job) throw service.unexpected("the job no longer exists");
  const get = (url: string) => retry(() => fetchBytes(service, url, signal), signal);
  const pictures = await Promise.all(
    job.pictures.map(async ({ url, size, seed, score }) => {
      return { png: await get(url), size, seed, ...(score !== null && { score }) };
    }),
  );
  pictures.forEach((picture, index) => void onPicture?.(picture, index));
  const { sheet, animation, warnings, timings } = job;
  const format = job.request.animate?.toLowerCase() as AnimationFormat | undefined;
  return {
    pictures,
    ...(sheet && { sheet: await get(sheet.url) }),
    ...(animation && format && { animation: { format, bytes: await get(animation.url) } }),
    warnings,
    timings,
  };
}

/** Sends no key: a signed URL needs none, and may point to another host. */
async function fetchBytes(service: Service, url: string, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const response = await service.fetch(url, { signal: withTimeout(DOWNLOAD_TIMEOUT_MS, signal) });
  if (!response.ok) {
    await response.body?.cancel();
    throw new UnclipError("INTERNAL", `a picture could not be downloaded: HTTP ${response.status}`);
  }
  return response.arrayBuffer().then(
    (bytes) => new Uint8Array(bytes),
    (error: unknown) => {
      throw service.unreachable(error);
    },
  );
}
