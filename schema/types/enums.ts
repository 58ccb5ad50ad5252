import type { FailureCode, JobKind, JobStatus, Webhook } from "../../infra/jobs/job.ts";
import type { AnimationFormat, Capability, PresetName, PriorName, SamplerName } from "../../models/request.ts";
import { WARNINGS, type WarningCode } from "../../models/types.ts";
import { builder } from "../builder.ts";

/** An enum with a description for every value of T; a missing value does not compile. */
function createEnum<T extends string>(name: string, description: string, values: Record<T, string>) {
  const described = Object.entries<string>(values).map(
    ([value, text]) => [value, { value, description: text }] as const,
  );
  return builder.enumType(name, {
    description,
    values: Object.fromEntries(described) as Record<T, { value: T; description: string }>,
  });
}

/** The same for values that are not GraphQL names, and are shown under another name. */
function createRenamedEnum<T extends string>(
  name: string,
  description: string,
  values: Record<T, readonly [name: string, description: string]>,
) {
  const named = Object.entries<readonly [string, string]>(values).map(
    ([value, [shown, text]]) => [shown, { value: value as T, description: text }] as const,
  );
  return builder.enumType(name, { description, values: Object.fromEntries(named) });
}

export const PresetEnum = createRenamedEnum<PresetName>(
  "Preset",
  "How many steps to spend on a picture: the defaults of `steps`, `guidance`, `sampler` and the prior's fields. The numbers are in `models { presets }`.",
  {
    draft: ["DRAFT", "Few steps, for trying out a prompt."],
    standard: ["STANDARD", "A good balance of quality and time."],
    best: ["BEST", "Many steps: the best quality, but slow."],
  },
);

export const PriorEnum = createRenamedEnum<PriorName>(
  "Prior",
  "The network that turns a caption into a CLIP image embedding.",
  {
    diffusion: ["DIFFUSION", "Denoises the embedding step by step."],
    autoregressive: ["AUTOREGRESSIVE", "Predicts the embedding one coefficient at a time."],
    direct: ["DIRECT", "Maps noise to the embedding in one pass, without guidance."],
  },
);

export const CapabilityEnum = createRenamedEnum<Capability>("Capability", "What a model can do besides drawing.", {
  "embed-text": ["EMBED_TEXT", "Reads captions into CLIP's space, which `manipulate` and `score` need."],
  "embed-image": ["EMBED_IMAGE", "Reads pictures into CLIP's space, which every `image` needs."],
  "invert-image": [
    "INVERT_IMAGE",
    "Finds the noise that a picture is drawn from. `variations`, `manipulate` and pictures in `interpolate` need it.",
  ],
  reconstruct: ["RECONSTRUCT", "Has principal components of CLIP's space, which `reconstruct` needs."],
  "noise-embedding": ["NOISE_EMBEDDING", "Has statistics of CLIP's space, which `embeddingNoise` needs."],
});

export const SamplerEnum = createRenamedEnum<SamplerName>("Sampler", "How the decoder denoises a picture.", {
  ddpm: ["DDPM", "The original sampler: adds noise at every step, and needs many steps."],
  ddim: ["DDIM", "Deterministic once the initial noise is drawn."],
  "dpm-solver++": ["DPM_SOLVER_PP", "DPM-Solver++: good results with few steps."],
});

export const AnimationEnum = createRenamedEnum<AnimationFormat>("AnimationFormat", "File format of an animation.", {
  webp: ["WEBP", "Animated WebP: small files, full colour."],
  gif: ["GIF", "GIF: supported everywhere, 256 colours."],
});

export const KindEnum = createRenamedEnum<JobKind>("JobKind", "The mutation that created a job.", {
  generate: ["GENERATE", "Pictures of a caption."],
  variations: ["VARIATIONS", "Variations of a picture."],
  interpolate: ["INTERPOLATE", "An interpolation between pictures and captions."],
  manipulate: ["MANIPULATE", "A picture edited by the difference between two captions (text diff)."],
  reconstruct: ["RECONSTRUCT", "A picture drawn again from a part of its embedding."],
});

export const StatusEnum = createEnum<JobStatus>("JobStatus", "The state of a job.", {
  QUEUED: "Accepted and stored; waiting for a worker or for the next attempt.",
  RUNNING: "A worker is drawing it.",
  SUCCEEDED: "Ended: all pictures are finished.",
  FAILED: "Ended: see `failure` for the reason. Pictures finished before the failure are kept.",
  CANCELED: "Ended: canceled by its owner.",
  EXPIRED: "Ended: a deadline passed before it started or finished.",
});

export const FailureEnum = createEnum<FailureCode>("FailureCode", "Why an attempt at a job failed, for programs.", {
  INVALID_REQUEST: "The model does not support the request.",
  INVALID_PICTURE: "An upload is not a readable picture, or has expired.",
  CONTENT_FLAGGED: "A picture violates the service's content rules.",
  NUMERIC_FAILURE: "A network produced NaN or infinity.",
  WORKER_LOST: "Workers crashed or stopped responding while drawing.",
  INTERNAL: "An internal error of the service.",
});

export const WarningEnum = createEnum<WarningCode>("WarningCode", "The kind of a warning, for programs.", WARNINGS);

export const DeadlineEnum = createEnum<"START" | "END">("Deadline", "One of a job's two deadlines.", {
  START: "`startBy`: no attempt had begun.",
  END: "`endBy`: the job had not ended.",
});

export const WebhookStateEnum = createEnum<Webhook["state"]>("WebhookState", "The delivery state of a webhook.", {
  WAITING: "Not delivered yet: the job has not ended, or another try is scheduled.",
  DELIVERED: "The receiver responded with 2xx.",
  FAILED: "Not delivered, and no further try is made.",
});

export const ErrorCodeEnum = createEnum<
  "INVALID_INPUT" | "QUOTA_EXCEEDED" | "IDEMPOTENCY_CONFLICT" | "CONTENT_REJECTED" | "NOT_FOUND"
>("ErrorCode", "What is wrong with a request, for programs.", {
  INVALID_INPUT: "A field of the input is out of range, or refers to an unusable upload.",
  QUOTA_EXCEEDED: "The caller has too many pictures in flight.",
  IDEMPOTENCY_CONFLICT: "The idempotency key was already used for a different request.",
  CONTENT_REJECTED: "A prompt violates the service's content rules.",
  NOT_FOUND: "The caller has no such job or picture.",
});
