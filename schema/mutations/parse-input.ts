// Turns a mutation's input into a job's request: models/request.ts parses it, and images are resolved to blob keys.
import type { JobRequest } from "../../infra/jobs/job.ts";
import type { StoredImage, StoredItem } from "../../infra/jobs/stored-request.ts";
import { UnclipError } from "../../models/errors.ts";
import {
  parseGenerate,
  parseInterpolate,
  parseManipulate,
  parseReconstruct,
  parseVariations,
} from "../../models/request.ts";
import { checkSupported } from "../../models/supported.ts";
import type { Info } from "../../models/types.ts";
import { picturesOf, workOf } from "../../models/work.ts";
import type { Context } from "../context.ts";
import { invalid, UserErrorException } from "../types/errors.ts";
import type {
  GenerateInput,
  InterpolateInput,
  ManipulateInput,
  ReconstructInput,
  VariationsInput,
} from "../types/inputs.ts";
import { type ImageContext, resolveImage } from "../types/resolve-image.ts";

/** Stands for a picture during parsing: the parsers expect bytes. */
const PLACEHOLDER = new Uint8Array(1);

/** A mutation's input without the job options, which job-options.ts parses, and with the model's size where it has none. */
type InputWithoutOptions<Ref extends { $inferInput: object }> = Omit<
  Ref["$inferInput"],
  "idempotencyKey" | "startWithinSeconds" | "endWithinSeconds" | "webhook" | "size"
> & { readonly size: number };

export async function parseGenerateInput(
  input: InputWithoutOptions<typeof GenerateInput>,
  context: ImageContext,
): Promise<JobRequest> {
  const request = parse(parseGenerate, { ...input, mix: withPlaceholders(input.mix) });
  return { kind: "generate", ...request, mix: await resolveImages("mix", request.mix, input.mix, context) };
}

export async function parseVariationsInput(
  input: InputWithoutOptions<typeof VariationsInput>,
  context: ImageContext,
): Promise<JobRequest> {
  const request = parse(parseVariations, { ...input, image: PLACEHOLDER, mix: withPlaceholders(input.mix) });
  const image = await resolveImage("image", input.image, context);
  return { kind: "variations", ...request, image, mix: await resolveImages("mix", request.mix, input.mix, context) };
}

export async function parseInterpolateInput(
  input: InputWithoutOptions<typeof InterpolateInput>,
  context: ImageContext,
): Promise<JobRequest> {
  const request = parse(parseInterpolate, { ...input, between: withPlaceholders(input.between) });
  const between = await resolveImages("between", request.between, input.between, context);
  return { kind: "interpolate", ...request, between: between! };
}

export async function parseManipulateInput(
  input: InputWithoutOptions<typeof ManipulateInput>,
  context: ImageContext,
): Promise<JobRequest> {
  const request = parse(parseManipulate, { ...input, image: PLACEHOLDER });
  return { kind: "manipulate", ...request, image: await resolveImage("image", input.image, context) };
}

export async function parseReconstructInput(
  input: InputWithoutOptions<typeof ReconstructInput>,
  context: ImageContext,
): Promise<JobRequest> {
  const request = parse(parseReconstruct, { ...input, image: PLACEHOLDER });
  return { kind: "reconstruct", ...request, image: await resolveImage("image", input.image, context) };
}

/** The engine's parser for an input, which always has a size. Throws its INVALID_REQUEST as a user error. */
function parse<Input extends { readonly size: number }, Request>(
  engineParser: (input: Input) => Request,
  input: Input,
): Request & { readonly size: number } {
  return { ...parseOrInvalid(() => engineParser(input)), size: input.size };
}

type ItemInput = { readonly image?: string | null | undefined };

function withPlaceholders<Item extends ItemInput>(items: readonly Item[] | null | undefined) {
  return items?.map((item) => ({ ...item, ...(item.image != null && { image: PLACEHOLDER }) }));
}

/** Parsed items with a stored image for each id in the same place of the input. */
async function resolveImages<Item extends object>(
  field: string,
  parsed: readonly Item[] | undefined,
  given: readonly ItemInput[] | null | undefined,
  context: ImageContext,
): Promise<Resolved<Item>[] | undefined> {
  if (parsed === undefined) return undefined;
  const items = [];
  // Sequential, so that a request holds the bytes of only one image at a time.
  for (const [index, item] of parsed.entries()) {
    const id = given?.[index]?.image;
    const image = id == null ? {} : { image: await resolveImage(`${field}.${index}.image`, id, context) };
    items.push({ ...item, ...image } as Resolved<Item>);
  }
  return items;
}

/** An item with a stored image in place of the bytes. */
type Resolved<Item> = Item extends { readonly image: unknown }
  ? Omit<Item, "image"> & { readonly image: StoredImage }
  : Item;

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

/** The field that says how many pictures a request is for. */
const COUNT_FIELDS = {
  generate: "count",
  variations: "count",
  interpolate: "frames",
  manipulate: "frames",
  reconstruct: "dimensions",
} as const;

/** Refuses a job that alone exceeds the quota: it would not fit at any time. */
export function checkQuota(request: JobRequest, quota: number): void {
  const pictures = picturesOf(request);
  if (pictures > quota) {
    const field = COUNT_FIELDS[request.kind];
    const problem = field === "dimensions" ? `asks for ${pictures} pictures` : `is ${pictures}`;
    throw invalid(field, `${problem}; your quota of pictures in flight is ${quota}`);
  }
}

/** Refuses a job with too many denoising steps, priced by the service's most expensive model. */
export function checkWork(request: JobRequest, models: readonly Info[], max: number): void {
  const work = Math.max(...models.map((model) => workOf(request, model)));
  if (work <= max) return;
  const pictures = picturesOf(request);
  throw invalid(
    COUNT_FIELDS[request.kind],
    `asks for ${work} denoising steps with ${pictures} pictures; one job may have ${max}`,
  );
}

export async function checkContent(request: JobRequest, { content }: Context): Promise<void> {
  if (!content) return;
  for (const [field, text] of promptsOf(request)) {
    const reason = await content.prompt(text);
    if (reason !== undefined) throw new UserErrorException({ typename: "ContentRejected", message: reason, field });
  }
}

function promptsOf(request: JobRequest): (readonly [field: string, text: string])[] {
  const among = (field: string, items: readonly StoredItem[] = []) =>
    items.flatMap((item, i) => ("prompt" in item ? [[`${field}.${i}.prompt`, item.prompt] as const] : []));
  const given = (field: string, text: string | undefined) => (text === undefined ? [] : [[field, text] as const]);
  switch (request.kind) {
    case "interpolate":
      return among("between", request.between);
    case "reconstruct":
      return [];
    case "manipulate":
      return [...given("from", request.from), ["to", request.to]];
    default: {
      // A negative caption is drawn as well, if only to lead away from it.
      const own = given("prompt", "prompt" in request ? request.prompt : undefined);
      return [...own, ...among("mix", request.mix), ...given("negativePrompt", request.negativePrompt)];
    }
  }
}
