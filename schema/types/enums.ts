import type { FailureCode, JobKind, JobStatus, Webhook } from "../../infra/jobs/job.ts";
import type { AnimationFormat, PresetName, PriorName, SamplerName } from "../../models/request.ts";
import { WARNINGS, type WarningCode } from "../../models/types.ts";
import { builder } from "../builder.ts";

/** Every value of T with what it means; a value that is forgotten here does not compile. */
function enumOf<T extends string>(name: string, description: string, values: Record<T, string>) {
  const described = Object.entries<string>(values).map(
    ([value, text]) => [value, { value, description: text }] as const,
  );
  return builder.enumType(name, {
    description,
    values: Object.fromEntries(described) as Record<T, { value: T; description: string }>,
  });
}

/** For values that are no GraphQL names. */
function renamedEnumOf<T extends string>(
  name: string,
  description: string,
  values: Record<T, readonly [name: string, description: string]>,
) {
  const named = Object.entries<readonly [string, string]>(values).map(
    ([key, [shown, text]]) => [shown, { value: key as T, description: text }] as const,
  );
  return builder.enumType(name, { description, values: Object.fromEntries(named) });
}

export const PresetEnum = renamedEnumOf<PresetName>(
  "Preset",
  "How much work goes into a picture where `steps` and the like are left out. The numbers behind it are the model's.",
  {
    draft: ["DRAFT", "Few steps: to try a prompt."],
    standard: ["STANDARD", "What most pictures should be drawn with."],
    best: ["BEST", "Many steps: slow."],
  },
);

export const PriorEnum = renamedEnumOf<PriorName>(
  "Prior",
  "Which network imagines the picture's CLIP embedding from the text.",
  {
    diffusion: ["DIFFUSION", "Denoises the embedding step by step."],
    autoregressive: ["AUTOREGRESSIVE", "Writes the embedding down coefficient by coefficient."],
  },
);

export const SamplerEnum = renamedEnumOf<SamplerName>("Sampler", "How the decoder goes from noise to picture.", {
  ddpm: ["DDPM", "The original: random at every step, wants many of them."],
  ddim: ["DDIM", "Not random after its start."],
  "dpm-solver++": ["DPM_SOLVER_PP", "DPM-Solver++: good with few steps."],
});

export const AnimationEnum = renamedEnumOf<AnimationFormat>("AnimationFormat", "File format of an animation.", {
  webp: ["WEBP", "Animated WebP: small, full colour."],
  gif: ["GIF", "GIF: opens everywhere, 256 colours."],
});

export const KindEnum = renamedEnumOf<JobKind>("JobKind", "Which mutation a job came from.", {
  generate: ["GENERATE", "Pictures of a caption."],
  variations: ["VARIATIONS", "Pictures like a picture."],
  interpolate: ["INTERPOLATE", "Pictures between pictures and captions."],
  manipulate: ["MANIPULATE", "A picture moved from one caption towards another."],
});

export const StatusEnum = enumOf<JobStatus>("JobStatus", "Where a job stands.", {
  QUEUED: "Accepted and safe; waits for a worker, or for another attempt.",
  RUNNING: "A worker draws it.",
  SUCCEEDED: "Over: every picture is there.",
  FAILED: "Over: `failure` says why. Pictures that were drawn before stay.",
  CANCELED: "Over: its owner canceled it.",
  EXPIRED: "Over: it was not started, or not finished, by its deadline.",
});

export const FailureEnum = enumOf<FailureCode>("FailureCode", "Why an attempt at a job failed, for programs.", {
  INVALID_REQUEST: "The model cannot do what was asked.",
  INVALID_PICTURE: "An uploaded file is no picture that can be read, or is gone.",
  CONTENT_FLAGGED: "The service's content rules held a picture back.",
  NUMERIC_FAILURE: "A network gave no number.",
  WORKER_LOST: "Workers died or fell silent while they drew it.",
  INTERNAL: "An error of the service.",
});

export const WarningEnum = enumOf<WarningCode>("WarningCode", "What a warning is about, for programs.", WARNINGS);

export const DeadlineEnum = enumOf<"START" | "END">("Deadline", "Which of a job's two deadlines.", {
  START: "`startBy`: no worker had begun.",
  END: "`endBy`: it was not over.",
});

export const WebhookStateEnum = enumOf<Webhook["state"]>("WebhookState", "How far a webhook has come.", {
  WAITING: "Not delivered yet: the job is not over, or another try is to come.",
  DELIVERED: "The receiver answered 2xx.",
  FAILED: "Given up.",
});

export const ErrorCodeEnum = enumOf<
  "INVALID_INPUT" | "QUOTA_EXCEEDED" | "IDEMPOTENCY_CONFLICT" | "CONTENT_REJECTED" | "NOT_FOUND"
>("ErrorCode", "What was wrong with a request, for programs.", {
  INVALID_INPUT: "A field of the input is out of range, or names an upload that cannot be used.",
  QUOTA_EXCEEDED: "Too many pictures in flight.",
  IDEMPOTENCY_CONFLICT: "The idempotency key belongs to another request.",
  CONTENT_REJECTED: "A prompt is against the service's content rules.",
  NOT_FOUND: "There is no such job among the caller's own.",
});
