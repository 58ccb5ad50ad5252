// The drawing mutations. They share one result and differ in how their input is parsed (parse-input.ts).
import { imagesOf } from "../../infra/jobs/input-images.ts";
import type { JobRecord, JobRequest } from "../../infra/jobs/job.ts";
import { picturesOf } from "../../models/work.ts";
import { builder } from "../builder.ts";
import type { Context } from "../context.ts";
import { withinLimits } from "../server/within-limits.ts";
import {
  ContentRejected,
  catchUserErrors,
  IdempotencyConflict,
  InvalidInput,
  QuotaExceeded,
  type UserError,
  UserErrorException,
  type UserErrorOf,
} from "../types/errors.ts";
import {
  GenerateInput,
  InterpolateInput,
  ManipulateInput,
  ReconstructInput,
  VariationsInput,
} from "../types/inputs.ts";
import { Job } from "../types/refs.ts";
import type { ImageContext } from "../types/resolve-image.ts";
import { type JobOptionsInput, parseJobOptions } from "./job-options.ts";
import {
  checkContent,
  checkModel,
  checkQuota,
  checkWork,
  parseGenerateInput,
  parseInterpolateInput,
  parseManipulateInput,
  parseReconstructInput,
  parseVariationsInput,
} from "./parse-input.ts";

const JobResult = builder.unionType("JobResult", {
  description: "The accepted job, or why the request is refused.",
  types: [Job, InvalidInput, QuotaExceeded, IdempotencyConflict, ContentRejected],
  resolveType: (value) => ("typename" in value ? value.typename : "Job"),
});

type Refusal = Exclude<UserError["typename"], "NotFound">;

/** Parses and checks the request, and creates its job. */
function submit<Input extends JobOptionsInput & { seed?: number | null | undefined; size?: number | null | undefined }>(
  input: Input,
  context: Context,
  parse: (
    input: Omit<Input, keyof JobOptionsInput> & { readonly size: number },
    context: ImageContext,
  ) => Promise<JobRequest>,
): Promise<JobRecord | UserErrorOf<Refusal>> {
  return catchUserErrors<JobRecord, Refusal>(async () => {
    const {
      idempotencyKey: _key,
      startWithinSeconds: _start,
      endWithinSeconds: _end,
      webhook: _url,
      ...drawing
    } = input;
    const { viewer, policy, tenant } = context;
    const { quota } = viewer;
    const options = parseJobOptions(input, policy);
    const key = options.idempotencyKey;
    // A repeated request must equal the first one, so with a key the default seed is derived from the key.
    const seed = drawing.seed ?? (key === undefined ? undefined : tenant.seedFor(key));
    const earlier = key === undefined ? undefined : await tenant.findSubmitted(key);
    const size = drawing.size ?? context.models[0]!.defaultSize;
    const known = earlier ? imagesOf(earlier.request) : [];
    const request = await parse({ ...drawing, seed, size }, { ...context, known });
    // A request that was accepted before stays valid, whichever models the service has now.
    if (earlier === undefined) {
      checkModel(request, context.models);
      checkQuota(request, quota);
    }
    checkWork(request, context.models, policy.maxWork);
    await checkContent(request, context);
    if (earlier === undefined) await withinLimits(context.limiter?.take(tenant.owner, "jobsPerHour"));
    const submitted = await tenant.submit({ quota, request, ...options });
    if (submitted.type === "ACCEPTED") return submitted.job;
    if (submitted.type === "CONFLICT") {
      const message = "This idempotency key was already used for a different request.";
      throw new UserErrorException({ typename: "IdempotencyConflict", message, job: submitted.job });
    }
    const { inFlight } = submitted;
    const pictures = picturesOf(request);
    const message = `Quota exceeded: ${inFlight} pictures in flight plus this job's ${pictures} exceed ${quota}.`;
    throw new UserErrorException({ typename: "QuotaExceeded", message, quota, inFlight });
  });
}

const INPUT = "What to draw.";

builder.mutationFields((t) => ({
  generate: t.field({
    type: JobResult,
    args: { input: t.arg({ type: GenerateInput, required: true, description: INPUT }) },
    description: "Draws pictures of a caption.",
    resolve: (_, { input }, context) => submit(input, context, parseGenerateInput),
  }),
  variations: t.field({
    type: JobResult,
    args: { input: t.arg({ type: VariationsInput, required: true, description: INPUT }) },
    description: "Draws variations of a picture: the same content and style, with other details.",
    resolve: (_, { input }, context) => submit(input, context, parseVariationsInput),
  }),
  interpolate: t.field({
    type: JobResult,
    args: { input: t.arg({ type: InterpolateInput, required: true, description: INPUT }) },
    description: "Interpolates between pictures and captions.",
    resolve: (_, { input }, context) => submit(input, context, parseInterpolateInput),
  }),
  manipulate: t.field({
    type: JobResult,
    args: { input: t.arg({ type: ManipulateInput, required: true, description: INPUT }) },
    description: "Edits a picture by the difference between two captions (text diff).",
    resolve: (_, { input }, context) => submit(input, context, parseManipulateInput),
  }),
  reconstruct: t.field({
    type: JobResult,
    args: { input: t.arg({ type: ReconstructInput, required: true, description: INPUT }) },
    description:
      "Draws a picture again from a few principal components of its embedding: a few preserve the kind of object, more preserve its details.",
    resolve: (_, { input }, context) => submit(input, context, parseReconstructInput),
  }),
}));
