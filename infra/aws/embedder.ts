// Calls the function that embeds captions and pictures (functions/aws/embed.ts), because the API functions have no weights.
import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import { UnclipError } from "../../models/errors.ts";
import type { Embedding } from "../jobs/embedding.ts";
import { type Embedder, Unavailable } from "../ports.ts";
import { EMBED_MS } from "./clients/lambda.ts";

/** `vector`: 32-bit floats, little-endian, in base64. */
export type EmbedResponse = { readonly clip: string; readonly vector: string } | { readonly refusal: Refusal };

/** An error of the caller's picture or caption. */
type Refusal = { readonly code: "INVALID_REQUEST" | "INVALID_PICTURE"; readonly message: string };

/** Errors that pass: throttling, a function or network that is starting, a timeout. */
const TRANSIENT =
  /^(TooManyRequests|ResourceNotReady|ServiceException|EC2Throttled|Throttling|Timeout|AbortError|Networking)/;

export function awsEmbedder(client: LambdaClient, functionName: string): Embedder {
  return {
    embed: async (item) => {
      const invoke = new InvokeCommand({ FunctionName: functionName, Payload: Buffer.from(JSON.stringify(item)) });
      // One limit for all tries together.
      const abortSignal = AbortSignal.timeout(EMBED_MS);
      const { Payload, FunctionError } = await client.send(invoke, { abortSignal }).catch((error) => {
        if (abortSignal.aborted || TRANSIENT.test((error as Error).name)) {
          throw new Unavailable("The function that embeds is busy", { cause: error });
        }
        throw error;
      });
      const answer = Buffer.from(Payload ?? []).toString();
      if (FunctionError === undefined) return parseEmbedResponse(JSON.parse(answer));
      // Lambda reports a timeout of the function in this text. Any other error of the function is a bug.
      if (/Task timed out/.test(answer)) throw new Unavailable("The function that embeds took too long");
      throw new Error(`The function that embeds failed: ${answer.slice(0, 1_000)}`);
    },
  };
}

export function toEmbedResponse({ clip, vector }: Embedding): EmbedResponse {
  return { clip, vector: Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString("base64") };
}

/** Throws any other error. */
export function toRefusal(error: unknown): EmbedResponse {
  if (error instanceof UnclipError && (error.code === "INVALID_REQUEST" || error.code === "INVALID_PICTURE")) {
    return { refusal: { code: error.code, message: error.message } };
  }
  throw error;
}

function parseEmbedResponse(response: EmbedResponse): Embedding {
  if ("refusal" in response) throw new UnclipError(response.refusal.code, response.refusal.message);
  const { clip, vector } = response;
  // Copied, because a Buffer may start at an offset that Float32Array does not allow.
  return { clip, vector: new Float32Array(Uint8Array.from(Buffer.from(vector, "base64")).buffer) };
}
