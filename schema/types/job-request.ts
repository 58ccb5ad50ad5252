// What a job was asked for, as it was understood: every default written out.
import type { JobRequest } from "../../infra/jobs/job.ts";
import type {
  GenerateStored,
  InterpolateStored,
  ManipulateStored,
  VariationsStored,
} from "../../infra/jobs/stored-request.ts";
import { builder, type SchemaTypes } from "../builder.ts";
import { AnimationEnum, PresetEnum, PriorEnum, SamplerEnum } from "./enums.ts";
import { Image, SignedUrl } from "./image.ts";

const NAMES = {
  generate: "GenerateRequest",
  variations: "VariationsRequest",
  interpolate: "InterpolateRequest",
  manipulate: "ManipulateRequest",
} as const;

export const Request = builder.interfaceRef<JobRequest>("JobRequest").implement({
  description: "What a job was asked for. What is null was left to the model's preset.",
  resolveType: ({ kind }) => NAMES[kind],
  fields: (t) => ({
    size: t.exposeInt("size", { description: "Width and height of the pictures in pixels." }),
    seed: t.expose("seed", {
      type: "UnsignedInt",
      description: "Of the first picture; each further one has the next.",
    }),
    preset: t.expose("preset", { type: PresetEnum, description: "How much work goes into a picture." }),
    steps: t.exposeInt("steps", { nullable: true, description: "Denoising steps of the decoder." }),
    guidance: t.exposeFloat("guidance", { nullable: true, description: "Guidance of the decoder." }),
  }),
});

type Imagining = GenerateStored | InterpolateStored;
const imagining = (t: PothosSchemaTypes.ObjectFieldBuilder<SchemaTypes, Imagining>) => ({
  prior: t.expose("prior", { type: PriorEnum, nullable: true, description: "Which prior." }),
  priorSteps: t.exposeInt("priorSteps", { nullable: true, description: "Denoising steps of the prior." }),
  priorGuidance: t.exposeFloat("priorGuidance", { nullable: true, description: "Guidance of the prior." }),
  priorSamples: t.exposeInt("priorSamples", {
    nullable: true,
    description: "Embeddings that the prior samples, of which the one closest to the text is used.",
  }),
  literal: t.exposeBoolean("literal", { nullable: true, description: "Whether text was taken as it stands." }),
});

builder.objectRef<GenerateStored>(NAMES.generate).implement({
  description: "What `generate` was asked for.",
  interfaces: [Request],
  fields: (t) => ({
    prompt: t.exposeString("prompt", { description: "The caption." }),
    count: t.exposeInt("count", { description: "How many pictures." }),
    sampler: t.expose("sampler", { type: SamplerEnum, nullable: true, description: "The decoder's sampler." }),
    ...imagining(t as never),
  }),
});

builder.objectRef<VariationsStored>(NAMES.variations).implement({
  description: "What `variations` was asked for.",
  interfaces: [Request],
  fields: (t) => ({
    image: t.field({ type: Image, description: "The picture.", resolve: ({ image }) => new SignedUrl(image.key) }),
    strength: t.exposeFloat("strength", { description: "How far the variations may go." }),
    count: t.exposeInt("count", { description: "How many pictures." }),
  }),
});

const End = builder.objectRef<InterpolateStored["between"][number]>("InterpolateEnd").implement({
  description: "One of the ends an interpolation goes through: a picture or a caption; the other one is null.",
  fields: (t) => ({
    image: t.field({
      type: Image,
      nullable: true,
      description: "The picture.",
      resolve: (end) => ("image" in end ? new SignedUrl(end.image.key) : null),
    }),
    prompt: t.string({
      nullable: true,
      description: "The caption.",
      resolve: (end) => ("prompt" in end ? end.prompt : null),
    }),
  }),
});

builder.objectRef<InterpolateStored>(NAMES.interpolate).implement({
  description: "What `interpolate` was asked for.",
  interfaces: [Request],
  fields: (t) => ({
    between: t.field({ type: [End], description: "The ends, in order.", resolve: ({ between }) => [...between] }),
    frames: t.exposeInt("frames", { description: "How many pictures." }),
    animate: t.expose("animate", { type: AnimationEnum, nullable: true, description: "Format of the animation." }),
    ...imagining(t as never),
  }),
});

builder.objectRef<ManipulateStored>(NAMES.manipulate).implement({
  description: "What `manipulate` was asked for.",
  interfaces: [Request],
  fields: (t) => ({
    image: t.field({ type: Image, description: "The picture.", resolve: ({ image }) => new SignedUrl(image.key) }),
    from: t.exposeString("from", { nullable: true, description: "A caption of the picture as it is." }),
    to: t.exposeString("to", { description: "A caption of the picture as it should be." }),
    amount: t.exposeFloat("amount", { description: "How far it was moved." }),
    frames: t.exposeInt("frames", { description: "How many pictures on the way." }),
    animate: t.expose("animate", { type: AnimationEnum, nullable: true, description: "Format of the animation." }),
  }),
});
