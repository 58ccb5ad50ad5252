import { type EmbedResponse, toEmbedResponse, toRefusal } from "../../infra/aws/embedder.ts";
import type { Embeddable, Embedder } from "../../infra/ports.ts";

/** Serves awsEmbedder. Lambda logs an unexpected error and passes it to the caller. */
export function embedHandler({ embedder }: { readonly embedder: () => Promise<Embedder> }) {
  return async (item: Embeddable): Promise<EmbedResponse> =>
    (await embedder()).embed(item).then(toEmbedResponse, toRefusal);
}
