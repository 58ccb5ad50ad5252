// What CLIP says about pictures and captions, without drawing.
import { type Embedding as EmbeddingValue, similarity } from "../../infra/jobs/embedding.ts";
import { LIMITS } from "../../models/request.ts";
import { builder } from "../builder.ts";
import { embedImage, embedText, NETWORK_COST } from "./embed.ts";
import { IMAGE, ImageOrPrompt } from "./inputs.ts";

const Embedding = builder.objectRef<EmbeddingValue>("Embedding").implement({
  description: "The CLIP embedding of a picture or a caption.",
  fields: (t) => ({
    clip: t.exposeString("clip", {
      description:
        "The CLIP that computed it, as in `models { clip }`. Only embeddings of the same CLIP can be compared.",
    }),
    vector: t.floatList({
      description: "As many numbers as the model's `dimensions`. A `mix` takes them.",
      resolve: ({ vector }) => [...vector],
    }),
  }),
});

builder.queryFields((t) => ({
  embed: t.field({
    type: Embedding,
    args: { of: t.arg({ type: ImageOrPrompt, required: true, description: "What to embed." }) },
    complexity: NETWORK_COST,
    description: "The CLIP embedding of a picture or a caption.",
    resolve: (_, { of }, context) =>
      of.image == null ? embedText("of.prompt", of.prompt!, context) : embedImage("of.image", of.image, context),
  }),
  score: t.float({
    args: {
      image: t.arg.id({ required: true, description: IMAGE }),
      prompt: t.arg.string({
        required: true,
        description: `A caption, ${LIMITS.prompt.min} to ${LIMITS.prompt.max} characters.`,
      }),
    },
    complexity: NETWORK_COST,
    description:
      "How well a picture matches a caption: the cosine similarity of their CLIP embeddings, from -1 to 1. A single value means little: compare captions of one picture, or pictures for one caption.",
    resolve: async (_, { image, prompt }, context) => {
      // In turn: on AWS, two calls at once could both start a function.
      const picture = await embedImage("image", image, context);
      return similarity(picture, await embedText("prompt", prompt, context));
    },
  }),
}));
