// The inputs of the four verbs. Limits and defaults are those of models/request.ts, which also checks them.
import { DEFAULTS, LIMITS } from "../../models/request.ts";
import { builder, type SchemaTypes } from "../builder.ts";
import { AnimationEnum, PresetEnum, PriorEnum, SamplerEnum } from "./enums.ts";

type Fields = PothosSchemaTypes.InputFieldBuilder<SchemaTypes, "InputObject">;
type Range = { readonly min: number; readonly max: number };

const span = ({ min, max }: Range) => `From ${min} to ${max}.`;
const letters = ({ max }: Range) => `At most ${max} characters.`;
const UPLOAD = "The `id` of an upload (see `createUpload`) whose file was sent: PNG, JPEG or WebP.";

const drawing = (t: Fields) => ({
  size: t.int({
    defaultValue: DEFAULTS.size,
    description: "Width and height in pixels: one of `sizes` of `models`. Each larger size takes one more network.",
  }),
  seed: t.field({
    type: "UnsignedInt",
    description: `${span(LIMITS.seed)} Chosen when left out; picture i uses seed + i.`,
  }),
  preset: t.field({
    type: PresetEnum,
    defaultValue: DEFAULTS.preset,
    description: "How much work goes into a picture.",
  }),
  steps: t.int({ description: `Denoising steps of the decoder. ${span(LIMITS.steps)} The preset's when left out.` }),
  guidance: t.float({
    description: `How strongly the decoder holds on to its picture. ${span(LIMITS.guidance)} The preset's when left out.`,
  }),
});

const imagining = (t: Fields) => ({
  prior: t.field({ type: PriorEnum, description: "Which prior. The model's first one when left out." }),
  priorSteps: t.int({
    description: `Denoising steps of the diffusion prior. ${span(LIMITS.steps)} The preset's when left out.`,
  }),
  priorGuidance: t.float({
    description: `How strongly the prior holds on to the text. ${span(LIMITS.guidance)} The preset's when left out.`,
  }),
  priorSamples: t.int({
    description: `Embeddings that the prior samples, of which the one closest to the text is used; two things share them. ${span(LIMITS.priorSamples)} The preset's when left out.`,
  }),
  literal: t.boolean({
    description:
      "Takes text as it stands. Otherwise, where the model tells how, the seed chooses what the text leaves open (a style, a background), and two things in one text are drawn apart.",
  }),
});

const delivering = (t: Fields) => ({
  idempotencyKey: t.string({
    description:
      "Chosen by you, new for each job you mean; at most 200 characters. The same key with the same input gives the job of the first time, so a request whose answer was lost can be sent again.",
  }),
  startWithinSeconds: t.int({
    description: "The job expires when no worker has begun by then. The service's default when left out.",
  }),
  endWithinSeconds: t.int({
    description: "The job expires when it is not over by then. The service's default when left out.",
  }),
  webhook: t.string({
    description: "An https URL that gets a signed POST at the job's end (Standard Webhooks; `viewer.webhookSecret`).",
  }),
});

export const GenerateInput = builder.inputType("GenerateInput", {
  description: "Pictures of a caption.",
  fields: (t) => ({
    prompt: t.string({ required: true, description: `What to draw. ${letters(LIMITS.prompt)}` }),
    count: t.int({ defaultValue: DEFAULTS.count, description: `How many pictures. ${span(LIMITS.count)}` }),
    sampler: t.field({ type: SamplerEnum, description: "The decoder's sampler. The preset's when left out." }),
    ...drawing(t),
    ...imagining(t),
    ...delivering(t),
  }),
});

export const VariationsInput = builder.inputType("VariationsInput", {
  description: "Pictures that show the same as a picture.",
  fields: (t) => ({
    image: t.id({ required: true, description: UPLOAD }),
    strength: t.float({
      defaultValue: DEFAULTS.strength,
      description: `How far they may go: 0 rebuilds the picture, 1 keeps only what it is about. ${span(LIMITS.strength)}`,
    }),
    count: t.int({ defaultValue: DEFAULTS.count, description: `How many pictures. ${span(LIMITS.count)}` }),
    ...drawing(t),
    ...delivering(t),
  }),
});

export const ImageOrPrompt = builder.inputType("ImageOrPrompt", {
  description: "One end of an interpolation: a picture or a caption.",
  isOneOf: true,
  fields: (t) => ({
    image: t.id({ description: UPLOAD }),
    prompt: t.string({ description: `A caption. ${letters(LIMITS.prompt)}` }),
  }),
});

export const InterpolateInput = builder.inputType("InterpolateInput", {
  description: "A row of pictures on the way between pictures and captions.",
  fields: (t) => ({
    between: t.field({
      type: [ImageOrPrompt],
      required: true,
      description: `The ends, in order: ${LIMITS.between.min} to ${LIMITS.between.max} pictures and captions in any mix.`,
    }),
    frames: t.int({
      defaultValue: DEFAULTS.interpolateFrames,
      description: `How many pictures, both ends among them. ${span(LIMITS.interpolateFrames)}`,
    }),
    animate: t.field({ type: AnimationEnum, description: "Also an animation, in this format." }),
    ...drawing(t),
    ...imagining(t),
    ...delivering(t),
  }),
});

export const ManipulateInput = builder.inputType("ManipulateInput", {
  description: "A picture, moved from what one caption says towards what another one says (a text diff).",
  fields: (t) => ({
    image: t.id({ required: true, description: UPLOAD }),
    from: t.string({
      description: `What the picture shows. An empty caption when left out. ${letters(LIMITS.prompt)}`,
    }),
    to: t.string({ required: true, description: `What it should show. ${letters(LIMITS.prompt)}` }),
    amount: t.float({
      defaultValue: DEFAULTS.amount,
      description: `How far to move; 0.25 to 0.5 is good for most. ${span(LIMITS.amount)}`,
    }),
    frames: t.int({
      defaultValue: DEFAULTS.manipulateFrames,
      description: `How many pictures on the way. ${span(LIMITS.manipulateFrames)}`,
    }),
    animate: t.field({ type: AnimationEnum, description: "Also an animation, in this format; for 2 frames or more." }),
    ...drawing(t),
    ...delivering(t),
  }),
});
