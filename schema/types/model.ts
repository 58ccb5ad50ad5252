import { PRESETS, type PresetName } from "../../models/request.ts";
import type { Info, PresetInfo } from "../../models/types.ts";
import { builder } from "../builder.ts";
import { CapabilityEnum, PresetEnum, PriorEnum } from "./enums.ts";

const ModelPrior = builder.objectRef<PresetInfo["priors"][number]>("ModelPrior").implement({
  description: "The steps that a preset sets for one prior.",
  fields: (t) => ({
    name: t.expose("name", { type: PriorEnum, description: "The prior." }),
    steps: t.exposeInt("steps", {
      description: "Steps per embedding. The autoregressive prior has one per coefficient.",
    }),
    samples: t.exposeInt("samples", { description: "Default of `priorSamples`: embeddings sampled per picture." }),
  }),
});

const ModelUpsampler = builder.objectRef<PresetInfo["upsamplers"][number]>("ModelUpsampler").implement({
  description: "The steps that a preset sets for one upsampler.",
  fields: (t) => ({
    size: t.exposeInt("size", { description: "Width and height of its output, in pixels." }),
    steps: t.exposeInt("steps", { description: "Denoising steps of the upsampler." }),
  }),
});

const ModelPreset = builder.objectRef<PresetInfo & { readonly name: PresetName }>("ModelPreset").implement({
  description: "The denoising steps of one preset.",
  fields: (t) => ({
    name: t.expose("name", { type: PresetEnum, description: "The preset." }),
    steps: t.exposeInt("steps", { description: "Denoising steps of the decoder." }),
    inversionSteps: t.exposeInt("inversionSteps", {
      description: "Denoising steps of the decoder where a picture is inverted, and for each picture drawn from it.",
    }),
    priors: t.field({
      type: [ModelPrior],
      description: "The steps of each prior.",
      resolve: ({ priors }) => [...priors],
    }),
    upsamplers: t.field({
      type: [ModelUpsampler],
      description: "The steps of each upsampler, in ascending order of size.",
      resolve: ({ upsamplers }) => [...upsamplers],
    }),
  }),
});

type Attribute = Info["attributes"][number];

const ModelAttributeValue = builder.objectRef<Attribute["values"][number]>("ModelAttributeValue").implement({
  description: "A value of an attribute.",
  fields: (t) => ({
    name: t.exposeString("name", { description: 'The value, such as "flat".' }),
    phrase: t.exposeString("phrase", {
      description: 'The end of a caption that has the value, such as "in flat style".',
    }),
  }),
});

const ModelAttribute = builder.objectRef<Attribute>("ModelAttribute").implement({
  description: "A property that every picture has. A caption names its value, or else the seed chooses it.",
  fields: (t) => ({
    name: t.exposeString("name", { description: 'The property, such as "style" or "background".' }),
    values: t.field({
      type: [ModelAttributeValue],
      description: "Its values.",
      resolve: ({ values }) => [...values],
    }),
  }),
});

type Concept = NonNullable<Info["concepts"]>[number];

const ModelConcept = builder.objectRef<Concept>("ModelConcept").implement({
  description: "Something that a model was taught to draw.",
  fields: (t) => ({
    name: t.exposeString("name", { description: 'Its name, such as "red apple".' }),
    emoji: t.exposeString("emoji", {
      nullable: true,
      description: "The emoji that a caption can have in place of the name.",
    }),
  }),
});

const Model = builder.objectRef<Info>("Model").implement({
  description: "A bundle of networks that this service draws with.",
  fields: (t) => ({
    name: t.exposeString("name", { description: "The name of the model." }),
    version: t.exposeString("version", {
      description: "The version. Different versions draw different pictures from the same seed.",
    }),
    licence: t.exposeString("licence", { description: "The licence of its weights." }),
    attribution: t.exposeString("attribution", { description: "The attribution that the licence asks for." }),
    clip: t.exposeString("clip", {
      description: "Identifies its CLIP network. A search finds only pictures of models with the same CLIP.",
    }),
    dimensions: t.exposeInt("dimensions", { description: "Number of dimensions of its CLIP embedding." }),
    contextLength: t.exposeInt("contextLength", {
      description: "Maximum number of tokens of a prompt; longer prompts are cut.",
    }),
    sizes: t.intList({ description: "Supported widths and heights, in pixels.", resolve: ({ sizes }) => [...sizes] }),
    defaultSize: t.exposeInt("defaultSize", { description: "Width and height of a request that names no size." }),
    priors: t.field({
      type: [PriorEnum],
      description: "Its priors; the first is the default. Without any, the model draws from pictures only.",
      resolve: ({ priors }) => [...priors],
    }),
    capabilities: t.field({
      type: [CapabilityEnum],
      description: "What it can do besides drawing.",
      resolve: ({ capabilities }) => [...capabilities],
    }),
    presets: t.field({
      type: [ModelPreset],
      description: "Its presets, in ascending order of steps.",
      resolve: ({ presets }) => PRESETS.map((name) => ({ name, ...presets[name] })),
    }),
    scenes: t.exposeBoolean("scenes", {
      description:
        "Whether it supports scenes: a caption with two objects is composed from two drawings (see `literal`).",
    }),
    attributes: t.field({
      type: [ModelAttribute],
      description: "What a caption can say besides its subject.",
      resolve: ({ attributes }) => [...attributes],
    }),
    words: t.stringList({
      nullable: true,
      description:
        "The words of its training captions, in lower case and in the singular. Null if the model has no list of them, or if the service does not hold its files.",
      resolve: ({ words }) => (words ? [...words] : null),
    }),
    concepts: t.field({
      type: [ModelConcept],
      nullable: true,
      description: "What it was taught to draw. Null as `words` is.",
      resolve: ({ concepts }) => (concepts ? [...concepts] : null),
    }),
    bytes: t.exposeFloat("bytes", { description: "Size of its files in bytes." }),
  }),
});

builder.queryFields((t) => ({
  models: t.field({
    type: [Model],
    description: "The models of this service.",
    resolve: (_, __, { models }) => [...models],
  }),
}));
