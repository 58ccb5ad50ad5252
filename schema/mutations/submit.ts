// The four verbs: an input each, one answer. What differs between them is how a request is read (ask.ts).
import { jobId, seedFor } from "../../infra/jobs/identity.ts";
import { imagesOf } from "../../infra/jobs/input-images.ts";
import type { JobRecord, JobRequest } from "../../infra/jobs/job.ts";
import { builder } from "../builder.ts";
import type { Context } from "../context.ts";
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
import { GenerateInput, InterpolateInput, ManipulateInput, VariationsInput } from "../types/inputs.ts";
import { Job } from "../types/refs.ts";
import { type JobOptionsInput, parseJobOptions } from "./job-options.ts";
import * as ask from "./parse-input.ts";
import type { UploadContext } from "./resolve-upload.ts";

const JobResult = builder.unionType("JobResult", {
  description: "The accepted job, or why there is none.",
  types: [Job, InvalidInput, QuotaExceeded, IdempotencyConflict, ContentRejected],
  resolveType: (value) => ("typename" in value ? value.typename : "Job"),
});

type Refused = Exclude<UserError["typename"], "NotFound">;

/** Reads the request, checks what it may cost and say, and writes the job. */
function submit<Input extends JobOptionsInput & { seed?: number | null | undefined }>(
  input: Input,
  context: Context,
  read: (input: Omit<Input, keyof JobOptionsInput>, asking: UploadContext) => Promise<JobRequest>,
): Promise<JobRecord | UserErrorOf<Refused>> {
  return catchUserErrors<JobRecord, Refused>(async () => {
    const { idempotencyKey: _key, startWithinSeconds: _start, endWithinSeconds: _end, webhook: _url, ...asked } = input;
    const { viewer, policy, jobs } = context;
    const { owner, quota } = viewer;
    const delivery = parseJobOptions(input, policy);
    const key = delivery.idempotencyKey;
    // With a key, a request that is sent again must be the same one, and so must the seed that nobody named.
    const seed = asked.seed ?? (key === undefined ? undefined : seedFor(owner, key));
    const earlier = key === undefined ? undefined : await jobs.get(owner, jobId(owner, key));
    const request = await read({ ...asked, seed }, { ...context, known: earlier ? imagesOf(earlier.request) : [] });
    // What was accepted once stays so, whatever the service draws with now.
    if (earlier === undefined) ask.checkModel(request, context.models);
    ask.checkWork(request, context.models, policy.maxWork);
    await ask.checkContent(request, context);
    const submitted = await jobs.submit({ owner, quota, request, ...delivery });
    if (submitted.type === "ACCEPTED") return submitted.job;
    if (submitted.type === "CONFLICT") {
      const message = "This idempotency key belongs to another request.";
      throw new UserErrorException({ typename: "IdempotencyConflict", message, job: submitted.job });
    }
    const { inFlight } = submitted;
    const message = `${inFlight} pictures are in flight, and with these there would be more than ${quota}.`;
    throw new UserErrorException({ typename: "QuotaExceeded", message, quota, inFlight });
  });
}

const INPUT = "What to draw, and how.";

builder.mutationFields((t) => ({
  generate: t.field({
    type: JobResult,
    args: { input: t.arg({ type: GenerateInput, required: true, description: INPUT }) },
    description: "Draws pictures of a caption.",
    resolve: (_, { input }, context) => submit(input, context, ask.parseGenerateInput),
  }),
  variations: t.field({
    type: JobResult,
    args: { input: t.arg({ type: VariationsInput, required: true, description: INPUT }) },
    description: "Draws pictures that show the same as a picture, each in another way.",
    resolve: (_, { input }, context) => submit(input, context, ask.parseVariationsInput),
  }),
  interpolate: t.field({
    type: JobResult,
    args: { input: t.arg({ type: InterpolateInput, required: true, description: INPUT }) },
    description: "Draws the way between pictures and captions.",
    resolve: (_, { input }, context) => submit(input, context, ask.parseInterpolateInput),
  }),
  manipulate: t.field({
    type: JobResult,
    args: { input: t.arg({ type: ManipulateInput, required: true, description: INPUT }) },
    description: "Draws a picture again as another caption would have it.",
    resolve: (_, { input }, context) => submit(input, context, ask.parseManipulateInput),
  }),
}));
