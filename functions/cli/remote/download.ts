// What a job that succeeded has to give.
import { UnclipError } from "../../../models/errors.ts";
import type { AnimationFormat } from "../../../models/request.ts";
import type { Control, Result, Warning } from "../../../models/types.ts";
import { retry } from "./retry.ts";
import { type Service, within } from "./service.ts";

const RECEIVE_MS = 120_000;

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
  const job = await retry(() => service.ask<Job | null>(RESULT, { id }, signal), signal);
  if (!job) throw service.stranger("the job is gone");
  const get = (url: string) => retry(() => bytesOf(service, url, signal), signal);
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

/** A signed URL opens by itself, and no key goes with it: it may lead to another host. */
async function bytesOf(service: Service, url: string, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const response = await service.fetch(url, { signal: within(RECEIVE_MS, signal) });
  if (!response.ok) {
    await response.body?.cancel();
    throw new UnclipError("INTERNAL", `a picture could not be fetched: HTTP ${response.status}`);
  }
  return response.arrayBuffer().then(
    (bytes) => new Uint8Array(bytes),
    (error: unknown) => {
      throw service.lost(error);
    },
  );
}
