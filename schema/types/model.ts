import type { Info } from "../../models/request.ts";
import { builder } from "../builder.ts";
import { PresetEnum, PriorEnum, SizeEnum } from "./enums.ts";

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
    sizes: t.field({ type: [SizeEnum], description: "Sizes it draws.", resolve: ({ sizes }) => [...sizes] }),
    priors: t.field({ type: [PriorEnum], description: "Priors it has.", resolve: ({ priors }) => [...priors] }),
    presets: t.field({ type: [PresetEnum], description: "Presets it has.", resolve: ({ presets }) => [...presets] }),
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
