import { type EmbedRequest, type EmbedResponse, toEmbedResponse } from "../../infra/aws/embedder.ts";
import type { Embedder } from "../../infra/ports.ts";

/** Serves awsEmbedder. Lambda logs an error and passes it to the caller. */
export function embedHandler({ engine }: { readonly engine: () => Promise<Embedder> }) {
  return async ({ prompt }: EmbedRequest): Promise<EmbedResponse> =>
    toEmbedResponse(await (await engine()).embed(prompt));
}
