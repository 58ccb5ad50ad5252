// Finds the caller's finished pictures by their content.
import { GraphQLError } from "graphql";
import { SEARCHED_DAYS, SEARCHED_JOBS, type Match as SearchMatch } from "../../infra/jobs/search.ts";
import { Unavailable } from "../../infra/ports.ts";
import { LIMITS } from "../../models/request.ts";
import { builder } from "../builder.ts";
import { boundedInt, boundedText } from "./arguments.ts";
import { toPicture } from "./image.ts";
import { Picture } from "./picture.ts";
import { Job } from "./refs.ts";

const PAGE = { default: 20, max: 100 };

/** Complexity of one search, whatever it finds: an operation can run at most four. */
const SEARCH_COST = 5_000;

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
        required: true,
        description: `What to search for, worded like a caption: ${LIMITS.prompt.min} to ${LIMITS.prompt.max} characters.`,
      }),
      first: t.arg.int({
        required: true,
        defaultValue: PAGE.default,
        description: `Maximum number of matches, from 1 to ${PAGE.max}.`,
      }),
    },
    complexity: ({ first }) => ({ field: SEARCH_COST, multiplier: first ?? PAGE.default }),
    description: `The caller's pictures that match a text, best match first. Results are ranked, not filtered: poor matches are included. Searches the ${SEARCHED_JOBS} newest succeeded jobs of the last ${SEARCHED_DAYS} days whose model uses the same CLIP as the search.`,
    resolve: async (_, { text, first }, { tenant, embedder }) => {
      const limit = boundedInt("first", first, 1, PAGE.max);
      const embedding = await embedder.embed(boundedText("text", text, LIMITS.prompt)).catch((error) => {
        if (!(error instanceof Unavailable)) throw error;
        const http = { status: 503, headers: { "retry-after": "5" } };
        throw new GraphQLError("The text encoder is not ready. Retry later.", {
          extensions: { code: "UNAVAILABLE", http },
        });
      });
      return [...(await tenant.search(embedding, limit))];
    },
  }),
}));
