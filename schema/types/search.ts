// Finds the caller's finished pictures by their content.
import { type Embedding, fromStoredEmbedding } from "../../infra/jobs/embedding.ts";
import { SEARCHED_DAYS, SEARCHED_JOBS, type Match as SearchMatch } from "../../infra/jobs/search.ts";
import { LIMITS } from "../../models/request.ts";
import { builder } from "../builder.ts";
import type { Context } from "../context.ts";
import { badArgument, pageSize } from "./arguments.ts";
import { embedText, NETWORK_COST } from "./embed.ts";
import { toPicture } from "./image.ts";
import { loadNode } from "./load-node.ts";
import { Picture } from "./picture.ts";
import { Job } from "./refs.ts";

const PAGE = { default: 20, max: 100 };

const Match = builder.objectRef<SearchMatch>("Match").implement({
  description: "A finished picture found by a search.",
  fields: (t) => ({
    score: t.exposeFloat("score", {
      description:
        "How well the picture matches the text: the cosine similarity of their CLIP embeddings, from -1 to 1. Only comparable within one search: typical values depend on the model and the text.",
    }),
    picture: t.field({
      type: Picture,
      description: "The picture.",
      resolve: ({ job, picture }) => toPicture(job, picture),
    }),
    job: t.expose("job", { type: Job, description: "The job that drew it." }),
  }),
});

builder.queryFields((t) => ({
  search: t.field({
    type: [Match],
    args: {
      text: t.arg.string({
        description: `What to search for, worded like a caption: ${LIMITS.prompt.min} to ${LIMITS.prompt.max} characters.`,
      }),
      picture: t.arg.id({ description: "Instead of `text`: the id of a picture, to find pictures that look like it." }),
      first: t.arg.int({
        defaultValue: PAGE.default,
        description: `Maximum number of matches, from 0 to ${PAGE.max}.`,
      }),
    },
    complexity: ({ first }) => ({ field: NETWORK_COST, multiplier: first ?? PAGE.default }),
    description: `The caller's pictures that match a text or a picture, best match first. Results are ranked, not filtered: poor matches are included. Searches the ${SEARCHED_JOBS} newest succeeded jobs of the last ${SEARCHED_DAYS} days whose model uses the same CLIP as the search.`,
    resolve: async (_, { text, picture, first }, context) => {
      const limit = pageSize("first", first, PAGE);
      if (typeof text === "string" && typeof picture === "string") {
        throw badArgument("picture", 'must not be given together with "text"');
      }
      const query =
        typeof picture === "string" ? embeddingOf(picture, context) : embedText("text", text ?? "", context);
      return [...(await context.tenant.search(await query, limit))];
    },
  }),
}));

async function embeddingOf(id: string, context: Context): Promise<Embedding> {
  const node = await loadNode(id, context);
  if (node === null || !("picture" in node)) throw badArgument("picture", "is not the id of one of your pictures");
  const { embedding } = node.picture;
  if (embedding === undefined) throw badArgument("picture", "has no embedding");
  return fromStoredEmbedding(embedding);
}
