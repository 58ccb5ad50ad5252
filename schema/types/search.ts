// The caller's finished pictures, found by what they show.
import { GraphQLError } from "graphql";
import { type Match as Found, SEARCHED_DAYS, SEARCHED_JOBS } from "../../infra/jobs/search.ts";
import { Unavailable } from "../../infra/ports.ts";
import { LIMITS } from "../../models/request.ts";
import { builder } from "../builder.ts";
import { boundedInt, boundedText } from "./arguments.ts";
import { Picture, signed } from "./image.ts";
import { Job } from "./refs.ts";

const FOUND = { default: 20, max: 100 };

/** What it costs to look, however little is found: an operation may do so four times. */
const LOOK = 5_000;

const Match = builder.objectRef<Found>("Match").implement({
  description: "A finished picture, as a search found it.",
  fields: (t) => ({
    score: t.exposeFloat("score", {
      description:
        "How well it fits the text: the cosine of both in CLIP space. It ranks the pictures of one answer; how high a good one is depends on model and text.",
    }),
    picture: t.field({ type: Picture, description: "The picture.", resolve: ({ picture }) => signed(picture) }),
    job: t.expose("job", { type: Job, description: "The job it belongs to." }),
  }),
});

builder.queryFields((t) => ({
  search: t.field({
    type: [Match],
    args: {
      text: t.arg.string({
        required: true,
        description: `What to look for, worded like a caption; at most ${LIMITS.prompt.max} characters.`,
      }),
      first: t.arg.int({
        required: true,
        defaultValue: FOUND.default,
        description: `At most so many, up to ${FOUND.max}.`,
      }),
    },
    complexity: ({ first }) => ({ field: LOOK, multiplier: first ?? FOUND.default }),
    description: `The caller's pictures that fit a text best, the best first. There is always a best: whatever was drawn is ranked, and nothing is left out for fitting badly. It looks at pictures of the caller's ${SEARCHED_JOBS} newest jobs that succeeded, as far as they were asked for in the last ${SEARCHED_DAYS} days, and whose model has the CLIP that reads the text.`,
    resolve: async (_, { text, first }, { jobs, embedder, viewer }) => {
      const most = boundedInt("first", first, 1, FOUND.max);
      const wanted = await embedder.embed(boundedText("text", text, LIMITS.prompt)).catch((error) => {
        if (!(error instanceof Unavailable)) throw error;
        const http = { status: 503, headers: { "retry-after": "5" } };
        throw new GraphQLError("What reads the text is not ready. Ask again.", {
          extensions: { code: "UNAVAILABLE", http },
        });
      });
      return [...(await jobs.search(viewer.owner, wanted, most))];
    },
  }),
}));
