// The stored request of a job, with defaults filled in.
import type { JobRequest } from "../../infra/jobs/job.ts";
import type {
  GenerateStored,
  InterpolateStored,
  ManipulateStored,
  ReconstructStored,
  StoredMixItem,
  VariationsStored,
} from "../../infra/jobs/stored-request.ts";
import { DEFAULTS } from "../../models/request.ts";
import { builder, type SchemaTypes } from "../builder.ts";
import { AnimationEnum, PresetEnum, PriorEnum, SamplerEnum } from "./enums.ts";
import { Image } from "./image.ts";
import { loadImage, SOURCE_COST } from "./load-node.ts";

const IMAGE = "The picture: a `Picture` or an `Upload`. Null if it no longer exists.";

const NAMES = {
  generate: "GenerateRequest",
  variations: "VariationsRequest",
  interpolate: "InterpolateRequest",
  manipulate: "ManipulateRequest",
  reconstruct: "ReconstructRequest",
} as const;

export const Request = builder.interfaceRef<JobRequest>("JobRequest").implement({
  description: "The request of a job. Fields that are null use the model's preset.",
  resolveType: ({ kind }) => NAMES[kind],
  fields: (t) => ({
    size: t.exposeInt("size", { description: "Width and height of the pictures in pixels." }),
    seed: t.expose("seed", {
      type: "UnsignedInt",
      description: "Seed of the first picture; picture *i* uses `seed + i`.",
    }),
    preset: t.expose("preset", { type: PresetEnum, description: "How many steps to spend on a picture." }),
    steps: t.exposeInt("steps", { nullable: true, description: "Denoising steps of the decoder." }),
    guidance: t.exposeFloat("guidance", {
      nullable: true,
      description: "Classifier-free guidance scale of the decoder.",
    }),
  }),
});

type WithPrior = GenerateStored | InterpolateStored;
const priorFields = (t: PothosSchemaTypes.ObjectFieldBuilder<SchemaTypes, WithPrior>) => ({
  prior: t.expose("prior", { type: PriorEnum, nullable: true, description: "The prior. Null for the model's first." }),
  priorSteps: t.exposeInt("priorSteps", { nullable: true, description: "Denoising steps of the diffusion prior." }),
  priorGuidance: t.exposeFloat("priorGuidance", {
    nullable: true,
    description: "Classifier-free guidance scale of the prior.",
  }),
  priorSamples: t.exposeInt("priorSamples", {
    nullable: true,
    description: "Number of embeddings sampled from the prior. The one closest to the text is used.",
  }),
  literal: t.exposeBoolean("literal", {
    nullable: true,
    description: "Whether the text is used verbatim. Null for false.",
  }),
});

const MixItem = builder.objectRef<StoredMixItem>("MixItemRequest").implement({
  description: "Something else in the mix of an embedding. Two of the three fields are null.",
  fields: (t) => ({
    image: t.field({
      type: Image,
      nullable: true,
      complexity: SOURCE_COST,
      description: IMAGE,
      resolve: (item, _, context) => ("image" in item ? loadImage(item.image, context) : null),
    }),
    prompt: t.string({
      nullable: true,
      description: "The caption.",
      resolve: (item) => ("prompt" in item ? item.prompt : null),
    }),
    embedding: t.floatList({
      nullable: true,
      description: "The CLIP embedding, in seven digits.",
      resolve: (item) => ("embedding" in item ? [...item.embedding] : null),
    }),
    weight: t.float({ description: "Its share.", resolve: ({ weight = DEFAULTS.weight }) => weight }),
  }),
});

type WithEmbedding = GenerateStored | VariationsStored;
const embeddingFields = (t: PothosSchemaTypes.ObjectFieldBuilder<SchemaTypes, WithEmbedding>) => ({
  mix: t.field({
    type: [MixItem],
    nullable: true,
    description: "What else the embedding was mixed from. Null for nothing.",
    resolve: ({ mix }) => mix && [...mix],
  }),
  weight: t.exposeFloat("weight", {
    nullable: true,
    description: "The share of the own caption or picture in the mix. Null for 1.",
  }),
  embeddingNoise: t.exposeFloat("embeddingNoise", {
    nullable: true,
    description: "How far the embedding was noised. Null for 0.",
  }),
  negativePrompt: t.exposeString("negativePrompt", {
    nullable: true,
    description: "A caption that guidance led away from. Null for the empty caption.",
  }),
});

builder.objectRef<GenerateStored>(NAMES.generate).implement({
  description: "The request of a `generate` job.",
  interfaces: [Request],
  fields: (t) => ({
    prompt: t.exposeString("prompt", { description: "The caption." }),
    count: t.exposeInt("count", { description: "Number of pictures." }),
    sampler: t.expose("sampler", { type: SamplerEnum, nullable: true, description: "The decoder's sampler." }),
    ...priorFields(t as never),
    ...embeddingFields(t as never),
  }),
});

builder.objectRef<VariationsStored>(NAMES.variations).implement({
  description: "The request of a `variations` job.",
  interfaces: [Request],
  fields: (t) => ({
    image: t.field({
      type: Image,
      nullable: true,
      complexity: SOURCE_COST,
      description: IMAGE,
      resolve: ({ image }, _, context) => loadImage(image, context),
    }),
    strength: t.exposeFloat("strength", {
      description: "How much the variations differ: 0 reconstructs the picture, 1 keeps only its content and style.",
    }),
    count: t.exposeInt("count", { description: "Number of pictures." }),
    ...embeddingFields(t as never),
  }),
});

const Endpoint = builder.objectRef<InterpolateStored["between"][number]>("InterpolateEndpoint").implement({
  description: "One endpoint of an interpolation: a picture or a caption. The other field is null.",
  fields: (t) => ({
    image: t.field({
      type: Image,
      nullable: true,
      complexity: SOURCE_COST,
      description: IMAGE,
      resolve: (endpoint, _, context) => ("image" in endpoint ? loadImage(endpoint.image, context) : null),
    }),
    prompt: t.string({
      nullable: true,
      description: "The caption.",
      resolve: (endpoint) => ("prompt" in endpoint ? endpoint.prompt : null),
    }),
  }),
});

builder.objectRef<InterpolateStored>(NAMES.interpolate).implement({
  description: "The request of an `interpolate` job.",
  interfaces: [Request],
  fields: (t) => ({
    between: t.field({
      type: [Endpoint],
      description: "The endpoints, in order.",
      resolve: ({ between }) => [...between],
    }),
    frames: t.exposeInt("frames", { description: "Number of pictures." }),
    animate: t.expose("animate", {
      type: AnimationEnum,
      nullable: true,
      description: "Format of the animation. Null if there is none.",
    }),
    ...priorFields(t as never),
  }),
});

builder.objectRef<ManipulateStored>(NAMES.manipulate).implement({
  description: "The request of a `manipulate` job.",
  interfaces: [Request],
  fields: (t) => ({
    image: t.field({
      type: Image,
      nullable: true,
      complexity: SOURCE_COST,
      description: IMAGE,
      resolve: ({ image }, _, context) => loadImage(image, context),
    }),
    from: t.exposeString("from", {
      nullable: true,
      description: "A caption of the picture as it is. Null for the empty caption.",
    }),
    to: t.exposeString("to", { description: "A caption of the edited picture." }),
    amount: t.exposeFloat("amount", { description: "How far the picture is edited, from 0 to 1." }),
    frames: t.exposeInt("frames", { description: "Number of pictures." }),
    animate: t.expose("animate", {
      type: AnimationEnum,
      nullable: true,
      description: "Format of the animation. Null if there is none.",
    }),
  }),
});

builder.objectRef<ReconstructStored>(NAMES.reconstruct).implement({
  description: "The request of a `reconstruct` job.",
  interfaces: [Request],
  fields: (t) => ({
    image: t.field({
      type: Image,
      nullable: true,
      complexity: SOURCE_COST,
      description: IMAGE,
      resolve: ({ image }, _, context) => loadImage(image, context),
    }),
    dimensions: t.intList({
      description: "How many principal components of the embedding each picture keeps.",
      resolve: ({ dimensions }) => [...dimensions],
    }),
  }),
});
