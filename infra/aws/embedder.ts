// CLIP for captions in a function of its own (functions/aws/embed.ts): the gateway has no weights.
import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import type { Embedding } from "../jobs/embedding.ts";
import { type Embedder, Unavailable } from "../ports.ts";
import { EMBED_MS } from "./clients/lambda.ts";

export type EmbedRequest = { readonly prompt: string };
/** `vector`: 32-bit floats, little-endian, in base64. */
export type EmbedResponse = { readonly clip: string; readonly vector: string };

/** What is so named passes: too many at once, a function or network that comes up, no answer in time. */
const PASSING =
  /^(TooManyRequests|ResourceNotReady|ServiceException|EC2Throttled|Throttling|Timeout|AbortError|Networking)/;

export function awsEmbedder(client: LambdaClient, functionName: string): Embedder {
  return {
    embed: async (prompt) => {
      const question: EmbedRequest = { prompt };
      const invoke = new InvokeCommand({ FunctionName: functionName, Payload: Buffer.from(JSON.stringify(question)) });
      // For all tries together.
      const abortSignal = AbortSignal.timeout(EMBED_MS);
      const { Payload, FunctionError } = await client.send(invoke, { abortSignal }).catch((error) => {
        if (abortSignal.aborted || PASSING.test((error as Error).name)) {
          throw new Unavailable("The function that embeds captions is busy", { cause: error });
        }
        throw error;
      });
      const answer = Buffer.from(Payload ?? []).toString();
      if (FunctionError === undefined) return embeddingOf(JSON.parse(answer));
      // Its own time ran out, as Lambda tells it; whatever else it throws is a bug.
      if (/Task timed out/.test(answer)) throw new Unavailable("The function that embeds captions took too long");
      throw new Error(`The function that embeds captions failed: ${answer.slice(0, 1_000)}`);
    },
  };
}

export function parseEmbedResponse({ clip, vector }: Embedding): EmbedResponse {
  return { clip, vector: Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString("base64") };
}

function embeddingOf({ clip, vector }: EmbedResponse): Embedding {
  // Copied, because a Buffer may begin where no number does.
  return { clip, vector: new Float32Array(Uint8Array.from(Buffer.from(vector, "base64")).buffer) };
}
