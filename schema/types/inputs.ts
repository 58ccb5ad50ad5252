// The inputs of the drawing mutations. models/request.ts holds and checks their limits and defaults.
import { DEFAULTS, LIMITS } from "../../models/request.ts";
import { builder, type SchemaTypes } from "../builder.ts";
import { DEFAULT_POLICY } from "../context.ts";
import { AnimationEnum, PresetEnum, PriorEnum, SamplerEnum } from "./enums.ts";

/** Maximum lengths in characters of the texts among the job options. */
export const OPTION_LENGTHS = { idempotencyKey: 200, webhook: 2_000 } as const;

type Fields = PothosSchemaTypes.InputFieldBuilder<SchemaTypes, "InputObject">;
type Range = { readonly min: number; readonly max: number };

const range = ({ min, max }: Range) => `from ${min} to ${max}`;
export const IMAGE =
  "The id of a picture, or of an upload (see `createUpload`) whose file has been sent: PNG, JPEG or WebP.";
const PROMPT_LENGTH = `${LIMITS.prompt.min} to ${LIMITS.prompt.max} characters`;
const SECONDS = `from 1 to ${DEFAULT_POLICY.maxSeconds}`;
const UNLESS_CHANGED = "unless the service is configured otherwise";

const drawingOptions = (t: Fields) => ({
  size: t.int({
    description:
      "Width and height in pixels: one of the model's `sizes`. Larger sizes take longer. Default: the model's `defaultSize`.",
  }),
  seed: t.field({
    type: "UnsignedInt",
    description: `Seed of the first picture, ${range(LIMITS.seed)}; picture *i* uses \`seed + i\`. Default: random.`,
  }),
  preset: t.field({
    type: PresetEnum,
    defaultValue: DEFAULTS.preset,
    description: "How many steps to spend on a picture.",
  }),
  steps: t.int({ description: `Denoising steps of the decoder, ${range(LIMITS.steps)}. Default: the preset's.` }),
  guidance: t.float({
    description: `Classifier-free guidance scale of the decoder, ${range(LIMITS.guidance)}. Higher values follow the embedding more closely. Default: the preset's.`,
  }),
});

const priorOptions = (t: Fields) => ({
  prior: t.field({ type: PriorEnum, description: "Which prior to use. Default: the model's first." }),
  priorSteps: t.int({
    description: `Denoising steps of the diffusion prior, ${range(LIMITS.steps)}. Default: the preset's.`,
  }),
  priorGuidance: t.float({
    description: `Classifier-free guidance scale of the prior, ${range(LIMITS.guidance)}. Higher values follow the text more closely. Default: the preset's.`,
  }),
  priorSamples: t.int({
    description: `Number of embeddings to sample from the prior, ${range(LIMITS.priorSamples)}. The one closest to the text is used. The two objects of a scene share the samples. Default: the preset's.`,
  }),
  literal: t.boolean({
    description:
      "Use the text verbatim. Otherwise, if the model supports scenes, the seed fills in anything left unspecified (style, background), and a text with two objects is composed from two drawings. Default: false.",
  }),
});

const MixItem = builder.inputType("MixItem", {
  description: "Something else in the mix of an embedding: exactly one of a picture, a caption and an embedding.",
  fields: (t) => ({
    image: t.id({ description: IMAGE }),
    prompt: t.string({ description: `A caption, ${PROMPT_LENGTH}.` }),
    embedding: t.floatList({ description: "A CLIP embedding of the model: as many numbers as its `dimensions`." }),
    weight: t.float({
      description: `Its share, ${range(LIMITS.weight)}. All weights are divided by their sum. Default: ${DEFAULTS.weight}.`,
    }),
  }),
});

const embeddingOptions = (t: Fields, own: string) => ({
  mix: t.field({
    type: [MixItem],
    description: `What else the embedding is mixed from, ${range(LIMITS.mix)} items. Default: nothing, so only from ${own}.`,
  }),
  weight: t.float({
    description: `The share of ${own} in the mix, ${range(LIMITS.weight)}. Default: ${DEFAULTS.weight}.`,
  }),
  embeddingNoise: t.float({
    description: `How far the embedding is noised, ${range(LIMITS.embeddingNoise)}: at 0 not at all, at 1 nothing of it is left. Default: 0.`,
  }),
  negativePrompt: t.string({
    description: `A caption that guidance leads away from, ${PROMPT_LENGTH}. Default: the empty caption.`,
  }),
});

const jobOptions = (t: Fields) => ({
  idempotencyKey: t.string({
    description: `Client-generated, unique per job, at most ${OPTION_LENGTHS.idempotencyKey} characters. Repeating a key with the same input returns the original job, so it is safe to resend a request whose response was lost.`,
  }),
  startWithinSeconds: t.int({
    description: `The job expires if no attempt has begun after this many seconds, ${SECONDS}. Default: ${DEFAULT_POLICY.startSeconds}, ${UNLESS_CHANGED}.`,
  }),
  endWithinSeconds: t.int({
    description: `The job expires if it has not ended after this many seconds, ${SECONDS}. Default: ${DEFAULT_POLICY.endSeconds}, ${UNLESS_CHANGED}.`,
  }),
  webhook: t.string({
    description: `An https URL, at most ${OPTION_LENGTHS.webhook} characters, that receives a signed POST when the job ends (Standard Webhooks, signed with \`viewer { webhookSecret }\`).`,
  }),
});

export const GenerateInput = builder.inputType("GenerateInput", {
  description: "Pictures of a caption.",
  fields: (t) => ({
    prompt: t.string({ required: true, description: `The caption, ${PROMPT_LENGTH}.` }),
    count: t.int({ defaultValue: DEFAULTS.count, description: `Number of pictures, ${range(LIMITS.count)}.` }),
    ...drawingOptions(t),
    sampler: t.field({ type: SamplerEnum, description: "The decoder's sampler. Default: the preset's." }),
    ...priorOptions(t),
    ...embeddingOptions(t, "the caption"),
    ...jobOptions(t),
  }),
});

export const VariationsInput = builder.inputType("VariationsInput", {
  description: "Variations of a picture.",
  fields: (t) => ({
    image: t.id({ required: true, description: IMAGE }),
    strength: t.float({
      defaultValue: DEFAULTS.strength,
      description: `How much the variations differ, ${range(LIMITS.strength)}: 0 reconstructs the picture, 1 keeps only its content and style.`,
    }),
    count: t.int({ defaultValue: DEFAULTS.count, description: `Number of pictures, ${range(LIMITS.count)}.` }),
    ...drawingOptions(t),
    ...embeddingOptions(t, "the picture"),
    ...jobOptions(t),
  }),
});

export const ImageOrPrompt = builder.inputType("ImageOrPrompt", {
  description: "A picture or a caption.",
  isOneOf: true,
  fields: (t) => ({
    image: t.id({ description: IMAGE }),
    prompt: t.string({ description: `A caption, ${PROMPT_LENGTH}.` }),
  }),
});

export const InterpolateInput = builder.inputType("InterpolateInput", {
  description: "An interpolation between pictures and captions.",
  fields: (t) => ({
    between: t.field({
      type: [ImageOrPrompt],
      required: true,
      description: `The endpoints, in order: ${LIMITS.between.min} to ${LIMITS.between.max} pictures and captions in any mix.`,
    }),
    frames: t.int({
      defaultValue: DEFAULTS.interpolateFrames,
      description: `Number of pictures, endpoints included, ${range(LIMITS.interpolateFrames)}.`,
    }),
    animate: t.field({
      type: AnimationEnum,
      description: "Also render an animation, in this format. Default: no animation.",
    }),
    ...drawingOptions(t),
    ...priorOptions(t),
    ...jobOptions(t),
  }),
});

export const ManipulateInput = builder.inputType("ManipulateInput", {
  description: "A picture edited by the difference between two captions (text diff).",
  fields: (t) => ({
    image: t.id({ required: true, description: IMAGE }),
    to: t.string({ required: true, description: `A caption of the edited picture, ${PROMPT_LENGTH}.` }),
    from: t.string({
      description: `A caption of the picture as it is, ${PROMPT_LENGTH}. Default: the empty caption.`,
    }),
    amount: t.float({
      defaultValue: DEFAULTS.amount,
      description: `How far to edit, ${range(LIMITS.amount)}; 0.25 to 0.5 suits most pictures.`,
    }),
    frames: t.int({
      defaultValue: DEFAULTS.manipulateFrames,
      description: `Number of pictures, ${range(LIMITS.manipulateFrames)}. With 2 or more, the first is the original and the last is edited by the full \`amount\`.`,
    }),
    animate: t.field({
      type: AnimationEnum,
      description: "Also render an animation, in this format; needs at least 2 frames. Default: no animation.",
    }),
    ...drawingOptions(t),
    ...jobOptions(t),
  }),
});

export const ReconstructInput = builder.inputType("ReconstructInput", {
  description: "A picture drawn again from a part of its embedding.",
  fields: (t) => ({
    image: t.id({ required: true, description: IMAGE }),
    dimensions: t.intList({
      required: true,
      description: `How many principal components of the embedding to keep, ${range(LIMITS.dimensions)} numbers: one picture is drawn for each. At least 1, and at most the model's \`dimensions\`.`,
    }),
    ...drawingOptions(t),
    ...jobOptions(t),
  }),
});
