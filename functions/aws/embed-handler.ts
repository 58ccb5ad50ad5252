import { type EmbedRequest, type EmbedResponse, parseEmbedResponse } from "../../infra/aws/embedder.ts";
import type { Embedder } from "../../infra/ports.ts";

/** Answers to a gateway's awsEmbedder. What it throws, Lambda logs and tells the gateway. */
export function embedHandler({ engine }: { readonly engine: () => Promise<Embedder> }) {
  return async ({ prompt }: EmbedRequest): Promise<EmbedResponse> =>
    parseEmbedResponse(await (await engine()).embed(prompt));
}
