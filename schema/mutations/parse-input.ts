// Turns a mutation's input into a job's request: models/request.ts parses it, and images are resolved to blob keys.
import type { JobRequest } from "../../infra/jobs/job.ts";
import { UnclipError } from "../../models/errors.ts";
import { parseGenerate, parseInterpolate, parseManipulate, parseVariations } from "../../models/request.ts";
import { checkSupported } from "../../models/supported.ts";
import type { Info } from "../../models/types.ts";
import { picturesOf, workOf } from "../../models/work.ts";
import type { Context } from "../context.ts";
import { invalid, UserErrorException } from "../types/errors.ts";
import type { GenerateInput, InterpolateInput, ManipulateInput, VariationsInput } from "../types/inputs.ts";
import { type ImageContext, resolveImage } from "./resolve-image.ts";

/** Stands for a picture during parsing: the parsers expect bytes. */
const PLACEHOLDER = new Uint8Array(1);

/** A mutation's input without the job options, which job-options.ts parses. */
type InputWithoutOptions<Ref extends { $inferInput: object }> = Omit<
  Ref["$inferInput"],
  "idempotencyKey" | "startWithinSeconds" | "endWithinSeconds" | "webhook"
>;

export async function parseGenerateInput(input: InputWithoutOptions<typeof GenerateInput>): Promise<JobRequest> {
  return { kind: "generate", ...parseOrInvalid(() => parseGenerate(input)) };
}

export async function parseVariationsInput(
  input: InputWithoutOptions<typeof VariationsInput>,
  context: ImageContext,
): Promise<JobRequest> {
  const request = parseOrInvalid(() => parseVariations({ ...input, image: PLACEHOLDER }));
  return { kind: "variations", ...request, image: await resolveImage("image", input.image, context) };
}

export async function parseInterpolateInput(
  input: InputWithoutOptions<typeof InterpolateInput>,
  context: ImageContext,
): Promise<JobRequest> {
  const endpoints = input.between.map((endpoint) => ({
    ...endpoint,
    ...(endpoint.image != null && { image: PLACEHOLDER }),
  }));
  const request = parseOrInvalid(() => parseInterpolate({ ...input, between: endpoints }));
  const between = [];
  // Sequential, so that a request holds the bytes of only one image at a time.
  for (const [index, endpoint] of request.between.entries()) {
    const id = input.between[index]?.image;
    between.push(
      "prompt" in endpoint ? endpoint : { image: await resolveImage(`between.${index}.image`, id!, context) },
    );
  }
  return { kind: "interpolate", ...request, between };
}

export async function parseManipulateInput(
  input: InputWithoutOptions<typeof ManipulateInput>,
  context: ImageContext,
): Promise<JobRequest> {
  const request = parseOrInvalid(() => parseManipulate({ ...input, image: PLACEHOLDER }));
  return { kind: "manipulate", ...request, image: await resolveImage("image", input.image, context) };
}

/** Returns the engine's INVALID_REQUEST as a user error. */
function parseOrInvalid<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof UnclipError) || error.code !== "INVALID_REQUEST") throw error;
    throw new UserErrorException({ typename: "InvalidInput", message: error.message, field: error.field ?? "" });
  }
}

/** Refuses a size or a prior that no model of this service supports: the job would wait and then fail. */
export function checkModel(request: JobRequest, models: readonly Info[]): void {
  parseOrInvalid(() => checkSupported(request, models));
}

/** Refuses a job with too many denoising steps, priced by the service's most expensive model. */
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
