// Everything that changes something on the server.
import { request } from "../api/client.ts";
import { CANCEL, DELETE_JOB, DELETE_PICTURE, STAR, submission } from "../api/documents.ts";
import { ConnectionError } from "../api/errors.ts";
import type { Job, Picture, Refusal } from "../api/types.ts";
import { clearEnds, ends, frames } from "./blend.ts";
import { caption, count, options, refusal, seed, seedIsValid, seedLocked } from "./composer.ts";
import { prepend, remove, showAll } from "./feed.ts";
import { changePicture, findJob, jobOf } from "./jobs.ts";
import { notify } from "./notices.ts";
import type { Submission } from "./requests.ts";
import { closePicture, openId } from "./route.ts";
import { handle, refreshViewer } from "./session.ts";

type Outcome = {
  readonly result: (Job & { readonly __typename: "Job" }) | (Refusal & { readonly __typename: string });
};
type Done = { readonly result: { readonly __typename: string; readonly message?: string } };

const isJob = (result: Outcome["result"]): result is Job & { readonly __typename: "Job" } =>
  result.__typename === "Job";

/** Resolves to why the request was refused; undefined if it was accepted, or if the page says elsewhere what went wrong. */
export async function submit({ verb, input }: Submission): Promise<Refusal | undefined> {
  // Sent again after a lost response, the same key returns the same job.
  const idempotencyKey = crypto.randomUUID();
  const send = () => request<Outcome>(submission(verb), { input: { ...input, idempotencyKey } });
  const again = (error: unknown) => (error instanceof ConnectionError ? send() : Promise.reject(error));
  const answer = await send().catch(again).catch(handle);
  if (!answer) return { code: "", message: "The request was not accepted. Try again." };
  const { result } = answer;
  if (!isJob(result)) return result;
  showAll();
  prepend(result);
  void refreshViewer();
  closePicture();
  scrollTo({ top: 0, behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  return undefined;
}

/** The request of the composer. */
export const composed = (): Submission => ({
  verb: "generate",
  input: { prompt: caption.value.trim(), count: count.value, ...options.value },
});

export async function draw(): Promise<void> {
  if (caption.peek().trim() === "") {
    refusal.value = { code: "INVALID_INPUT", message: "Write what to draw.", field: "prompt" };
    return;
  }
  if (!seedIsValid.peek()) return;
  refusal.value = await submit(composed());
  if (!refusal.peek() && !seedLocked.peek()) seed.value = "";
}

/** The request of the tray. */
export function blended(): Submission {
  const between = ends.value.map((end) => ("image" in end ? { image: end.image } : { prompt: end.prompt.trim() }));
  return { verb: "interpolate", input: { between, frames: frames.value, animate: "WEBP", ...options.value } };
}

export async function blend(): Promise<Refusal | undefined> {
  const problem = await submit(blended());
  if (!problem) clearEnds();
  return problem;
}

export async function cancel(id: string): Promise<void> {
  await run(CANCEL, { id });
}

export async function removePicture({ id }: Picture): Promise<void> {
  const job = jobOf(id);
  const others =
    findJob(job)
      ?.peek()
      .pictures.filter((picture) => picture.id !== id) ?? [];
  if (openId.peek() === id) closePicture();
  // The last picture takes its job along.
  if (others.length === 0) return removeJob(job);
  if (await run(DELETE_PICTURE, { id })) changePicture(id, () => undefined);
}

export async function removeJob(id: string): Promise<void> {
  if (!(await run(DELETE_JOB, { id }))) return;
  remove(id);
  notify("Deleted.");
}

export async function star({ id, starred }: Picture): Promise<void> {
  changePicture(id, (picture) => ({ ...picture, starred: !starred }));
  if (!(await run(STAR, { id, starred: !starred }))) changePicture(id, (picture) => ({ ...picture, starred }));
}

/** Returns whether the server did it. */
async function run(document: string, variables: Readonly<Record<string, unknown>>): Promise<boolean> {
  const answer = await request<Done>(document, variables).catch(handle);
  const message = answer?.result.message;
  if (message !== undefined) notify(message, "error");
  return answer !== undefined && message === undefined;
}
