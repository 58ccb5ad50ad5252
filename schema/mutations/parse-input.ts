// From the input of a verb to the request of a job: parsed by models/request.ts, its uploads checked and named by key.
import type { JobRequest } from "../../infra/jobs/job.ts";
import { picturesOf } from "../../infra/jobs/submit.ts";
import { UnclipError } from "../../models/errors.ts";
import { type Info, parseGenerate, parseInterpolate, parseManipulate, parseVariations } from "../../models/request.ts";
import { checkSupported } from "../../models/supported.ts";
import { workOf } from "../../models/work.ts";
import type { Context } from "../context.ts";
import { invalid, UserErrorException } from "../types/errors.ts";
import type { GenerateInput, InterpolateInput, ManipulateInput, VariationsInput } from "../types/inputs.ts";
import { resolveUpload, type UploadContext } from "./resolve-upload.ts";

/** Stands for an upload while a request is parsed: the parsers expect bytes. */
const PLACEHOLDER = new Uint8Array(1);

/** A verb's input without what is about its delivery, which every verb has in common. */
type InputWithoutOptions<Ref extends { $inferInput: object }> = Omit<
  Ref["$inferInput"],
  "idempotencyKey" | "startWithinSeconds" | "endWithinSeconds" | "webhook"
>;

export async function parseGenerateInput(input: InputWithoutOptions<typeof GenerateInput>): Promise<JobRequest> {
  return { kind: "generate", ...parsed(() => parseGenerate(input)) };
}

export async function parseVariationsInput(
  input: InputWithoutOptions<typeof VariationsInput>,
  asking: UploadContext,
): Promise<JobRequest> {
  const request = parsed(() => parseVariations({ ...input, image: PLACEHOLDER }));
  return { kind: "variations", ...request, image: await resolveUpload("image", input.image, asking) };
}

export async function parseInterpolateInput(
  input: InputWithoutOptions<typeof InterpolateInput>,
  asking: UploadContext,
): Promise<JobRequest> {
  const bytes = input.between.map((end) => ({ ...end, ...(end.image != null && { image: PLACEHOLDER }) }));
  const request = parsed(() => parseInterpolate({ ...input, between: bytes }));
  const between = [];
  // One after another, so that one request holds the bytes of one upload at a time.
  for (const [index, end] of request.between.entries()) {
    const id = input.between[index]?.image;
    between.push("prompt" in end ? end : { image: await resolveUpload(`between.${index}.image`, id!, asking) });
  }
  return { kind: "interpolate", ...request, between };
}

export async function parseManipulateInput(
  input: InputWithoutOptions<typeof ManipulateInput>,
  asking: UploadContext,
): Promise<JobRequest> {
  const request = parsed(() => parseManipulate({ ...input, image: PLACEHOLDER }));
  return { kind: "manipulate", ...request, image: await resolveUpload("image", input.image, asking) };
}

function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof UnclipError) || error.code !== "INVALID_REQUEST") throw error;
    throw new UserErrorException({ typename: "InvalidInput", message: error.message, field: error.field ?? "" });
  }
}

/** Refuses a size or a prior that no model of this service has: the job would be accepted, wait, and fail. */
export function checkModel(request: JobRequest, models: readonly Info[]): void {
  parsed(() => checkSupported(request, models));
}

/** Refuses a job of more denoising steps than one may have, priced by the most expensive model that could draw it. */
export function checkWork(request: JobRequest, models: readonly Info[], max: number): void {
  const work = Math.max(...models.map((model) => workOf(request, model)));
  if (work <= max) return;
  const pictures = picturesOf(request);
  const field = request.kind === "generate" || request.kind === "variations" ? "count" : "frames";
  throw invalid(field, `asks for ${work} denoising steps with ${pictures} pictures; one job may have ${max}`);
}

export async function checkContent(request: JobRequest, { content }: Context): Promise<void> {
  if (!content) return;
  for (const [field, text] of promptsOf(request)) {
    const reason = await content.prompt(text);
    if (reason !== undefined) throw new UserErrorException({ typename: "ContentRejected", message: reason, field });
  }
}

function promptsOf(request: JobRequest): (readonly [field: string, text: string])[] {
  if (request.kind === "generate") return [["prompt", request.prompt]];
  if (request.kind === "variations") return [];
  if (request.kind === "manipulate") {
    return [...(request.from === undefined ? [] : [["from", request.from] as const]), ["to", request.to]];
  }
  return request.between.flatMap((end, i) => ("prompt" in end ? [[`between.${i}.prompt`, end.prompt] as const] : []));
}
