import { type Info, PRESETS, type PresetInfo, type PresetName } from "../../models/request.ts";
import { builder } from "../builder.ts";
import { PresetEnum, PriorEnum } from "./enums.ts";

const ModelPrior = builder.objectRef<PresetInfo["priors"][number]>("ModelPrior").implement({
  description: "What a preset sets for one prior.",
  fields: (t) => ({
    name: t.expose("name", { type: PriorEnum, description: "The prior." }),
    steps: t.exposeInt("steps", {
      description: "Steps for one embedding. The autoregressive prior has one for each coefficient.",
    }),
    samples: t.exposeInt("samples", { description: "`priorSamples`: embeddings sampled for a picture." }),
  }),
});

const ModelUpsampler = builder.objectRef<PresetInfo["upsamplers"][number]>("ModelUpsampler").implement({
  description: "What a preset sets for one upsampler.",
  fields: (t) => ({
    size: t.exposeInt("size", { description: "The size it leads to, in pixels." }),
    steps: t.exposeInt("steps", { description: "Its denoising steps." }),
  }),
});

const ModelPreset = builder.objectRef<PresetInfo & { readonly name: PresetName }>("ModelPreset").implement({
  description: "The denoising steps of one preset.",
  fields: (t) => ({
    name: t.expose("name", { type: PresetEnum, description: "The preset." }),
    steps: t.exposeInt("steps", { description: "Denoising steps of the decoder." }),
    priors: t.field({ type: [ModelPrior], description: "Of each prior.", resolve: ({ priors }) => [...priors] }),
    upsamplers: t.field({
      type: [ModelUpsampler],
      description: "Of each upsampler, in rising order of size.",
      resolve: ({ upsamplers }) => [...upsamplers],
    }),
  }),
});

const Model = builder.objectRef<Info>("Model").implement({
  description: "A bundle of networks that this service draws with.",
  fields: (t) => ({
    name: t.exposeString("name", { description: "What it is called." }),
    version: t.exposeString("version", { description: "Another version draws other pictures from the same seed." }),
    licence: t.exposeString("licence", { description: "Under which its weights may be used." }),
    attribution: t.exposeString("attribution", { description: "Whom to name." }),
    clip: t.exposeString("clip", {
      description: "Names its CLIP. A search finds pictures of models whose CLIP is this one.",
    }),
    dimensions: t.exposeInt("dimensions", { description: "Width of its CLIP embedding." }),
    contextLength: t.exposeInt("contextLength", { description: "Tokens of a prompt that it reads; the rest is cut." }),
    sizes: t.intList({ description: "Widths and heights it draws, in pixels.", resolve: ({ sizes }) => [...sizes] }),
    priors: t.field({ type: [PriorEnum], description: "Priors it has.", resolve: ({ priors }) => [...priors] }),
    presets: t.field({
      type: [ModelPreset],
      description: "Its presets, in rising order of work.",
      resolve: ({ presets }) => PRESETS.map((name) => ({ name, ...presets[name] })),
    }),
    scenes: t.exposeBoolean("scenes", {
      description: "Whether a picture of two things is composed of two drawings (see `literal`).",
    }),
    bytes: t.exposeFloat("bytes", { description: "Size of its files." }),
  }),
});

builder.queryFields((t) => ({
  models: t.field({
    type: [Model],
    description: "What this service draws with.",
    resolve: (_, __, { models }) => [...models],
  }),
}));
