// What the studio's buttons ask for, as requests of the API.
import type { Verb } from "../api/documents.ts";
import type { Job, JobRequest, Picture, SourceImage } from "../api/types.ts";

/** One request: what is sent, and what the Code dialog shows. */
export type Submission = { readonly verb: Verb; readonly input: Input };
type Input = Readonly<Record<string, unknown>> & { readonly size?: number; readonly frames?: number };

const LARGEST = 1024;

const VERBS: Readonly<Record<JobRequest["__typename"], Verb>> = {
  GenerateRequest: "generate",
  VariationsRequest: "variations",
  InterpolateRequest: "interpolate",
  ManipulateRequest: "manipulate",
  ReconstructRequest: "reconstruct",
};

/** The request as it was accepted: with the seed that the server chose, so that it draws the same pictures again. */
export function submissionOf({ __typename, ...fields }: JobRequest): Submission {
  return { verb: VERBS[__typename], input: toInput(fields) as Input };
}

/** What was read of a request, as it is sent: ids instead of pictures, and nothing that was left out. */
function toInput(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toInput);
  if (typeof value !== "object" || value === null) return value;
  if ("__typename" in value) return (value as SourceImage).id;
  const given = Object.entries(value).filter(([, each]) => each !== null);
  return Object.fromEntries(given.map(([name, each]) => [name, toInput(each)]));
}

/**
 * The same picture, larger. A caption or a picture with the same seed is drawn by the same steps, and then upsampled further; a
 * frame between others has no request of its own and is reconstructed.
 */
export function upscale({ request }: Pick<Job, "request">, picture: Picture, sizes: readonly number[]): Submission {
  const size = Math.max(...sizes.filter((each) => each <= LARGEST));
  const { verb, input } = submissionOf(request);
  if (verb === "generate" || verb === "variations")
    return { verb, input: { ...input, count: 1, seed: picture.seed, size } };
  if (verb === "manipulate" && input.frames === 1) return { verb, input: { ...input, size } };
  return { verb: "variations", input: { image: picture.id, strength: 0, count: 1, size, preset: request.preset } };
}

/** The caption of what the request draws; undefined where no caption says it. */
export const captionOf = (request: JobRequest): string | undefined =>
  "prompt" in request ? request.prompt : "to" in request ? request.to : undefined;

/** A line that names the job in lists, alternative texts and file names. */
export function titleOf(request: JobRequest): string {
  switch (request.__typename) {
    case "GenerateRequest":
      return request.prompt;
    case "VariationsRequest":
      return request.strength === 0 ? "Reconstruction" : `Variations, strength ${request.strength}`;
    case "InterpolateRequest":
      return request.between.map(({ prompt }) => prompt ?? "picture").join(" to ");
    case "ManipulateRequest":
      return request.from ? `${request.from} to ${request.to}` : `Edited to ${request.to}`;
    case "ReconstructRequest":
      return `Reconstructed from ${request.dimensions.join(", ")} dimensions`;
  }
}
