// Embeds captions and pictures that are named by arguments of queries.
import { GraphQLError } from "graphql";
import type { Embedding } from "../../infra/jobs/embedding.ts";
import { type Embeddable, Unavailable } from "../../infra/ports.ts";
import { UnclipError } from "../../models/errors.ts";
import { LIMITS } from "../../models/request.ts";
import type { Context } from "../context.ts";
import { boundedText } from "./arguments.ts";
import { UserErrorException } from "./errors.ts";
import { resolveImage } from "./resolve-image.ts";

/** Complexity of running a network for a query: an operation can do it four times. */
export const NETWORK_COST = 5_000;

/** `argument` is the name of the argument with the text. */
export async function embedText(argument: string, text: string, context: Context): Promise<Embedding> {
  return embed({ prompt: boundedText(argument, text, LIMITS.prompt) }, context);
}

/** `argument` is the name of the argument with the id of a picture or an upload. */
export async function embedImage(argument: string, id: string, context: Context): Promise<Embedding> {
  const image = await resolveImage(argument, id, { ...context, known: [] }).catch((error) => {
    if (!(error instanceof UserErrorException)) throw error;
    throw new GraphQLError(`Argument ${error.message}.`, { extensions: { code: "BAD_USER_INPUT" } });
  });
  return embed({ image }, context);
}

async function embed(item: Embeddable, { embedder }: Context): Promise<Embedding> {
  return embedder.embed(item).catch((error) => {
    if (error instanceof Unavailable) {
      const http = { status: 503, headers: { "retry-after": "5" } };
      throw new GraphQLError("CLIP is not ready. Retry later.", { extensions: { code: "UNAVAILABLE", http } });
    }
    const { code, message } = error as UnclipError;
    const isCallers = error instanceof UnclipError && (code === "INVALID_PICTURE" || code === "INVALID_REQUEST");
    throw isCallers ? new GraphQLError(message, { extensions: { code } }) : error;
  });
}
