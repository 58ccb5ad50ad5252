import { expect, test } from "vitest";
import { embedHandler } from "../../../functions/aws/embed-handler.ts";
import { createEmbedder } from "../../../functions/embedder.ts";
import { awsBlobs } from "../../../infra/aws/blobs.ts";
import { lambdaClient } from "../../../infra/aws/clients/lambda.ts";
import { awsEmbedder } from "../../../infra/aws/embedder.ts";
import { type Embeddable, type Embedder, Unavailable } from "../../../infra/ports.ts";
import { embedderContract } from "../../contracts/embedder.ts";
import { newBucket, onMoto, s3 } from "../../support/aws/moto-resources.ts";
import { type Answer, invokingClient, stubbedClient, textOf } from "../../support/aws/stubbed-client.ts";

const EMBEDDED = { clip: "clip", vector: Float32Array.of(0.25, -1.5, 1e-8) };

const json = (body: object, status = 200, headers = {}): Answer => ({ status, headers, body: JSON.stringify(body) });
/** Lambda's response to its own error, and (with status 200) to an error of the function. */
const refused = (type: string, status: number) => json({ Message: "no" }, status, { "x-amzn-errortype": type });
const failed = (errorType: string, errorMessage: string) =>
  json({ errorType, errorMessage }, 200, { "x-amz-function-error": "Unhandled" });

onMoto("on AWS", () => {
  embedderContract("the function", async (engine) => {
    const blobs = awsBlobs(s3, await newBucket());
    const handler = embedHandler({ embedder: async () => createEmbedder(engine, blobs) });
    return { blobs, embedder: awsEmbedder(invokingClient(lambdaClient, handler), "unclip-embed") };
  });
});

const handlerOf = (embed: Embedder["embed"]) => embedHandler({ embedder: async () => ({ embed }) });
const A_PROMPT = { prompt: "x" };

test("the embedder returns the function's response bit by bit", async () => {
  const items: Embeddable[] = [{ prompt: "ein Boot, 雨" }, { image: { key: "uploads/ada/1", sha256: "0a" } }];
  for (const item of items) {
    const received: Embeddable[] = [];
    const answer = await handlerOf(async (one) => {
      received.push(one);
      return EMBEDDED;
    })(item);
    const { client, requests } = stubbedClient(lambdaClient, [json(answer)]);
    expect(await awsEmbedder(client, "unclip-embed").embed(item)).toEqual(EMBEDDED);
    expect(requests[0]!.path).toBe("/2015-03-31/functions/unclip-embed/invocations");
    expect([JSON.parse(textOf(requests[0]!.body))]).toEqual(received);
  }
});

test("the embedder retries after throttling", async () => {
  const answer = await handlerOf(async () => EMBEDDED)(A_PROMPT);
  const { client, requests } = stubbedClient(lambdaClient, [refused("TooManyRequestsException", 429), json(answer)]);
  expect(await awsEmbedder(client, "f").embed(A_PROMPT)).toEqual(EMBEDDED);
  expect(requests).toHaveLength(2);
});

test.each([
  ["too many ask", refused("TooManyRequestsException", 429)],
  ["Lambda has a fault", refused("ServiceException", 500)],
  [
    "the function's time runs out",
    failed("Sandbox.Timedout", "2026-11-24T12:00:00Z 1b Task timed out after 20.00 seconds"),
  ],
])("the embedder reports Unavailable when %s", async (_, answer) => {
  const { client } = stubbedClient((config) => lambdaClient({ ...config, maxAttempts: 1 }), [answer]);
  await expect(awsEmbedder(client, "f").embed(A_PROMPT)).rejects.toBeInstanceOf(Unavailable);
});

test.each([
  ["the function has a bug", failed("TypeError", "x is undefined"), "x is undefined"],
  ["permission to invoke the function is missing", refused("AccessDeniedException", 403), "no"],
  ["the function does not exist", refused("ResourceNotFoundException", 404), "no"],
])("the embedder rejects with the error itself when %s", async (_, answer, message) => {
  const { client, requests } = stubbedClient(lambdaClient, [answer]);
  const failure = await awsEmbedder(client, "f")
    .embed(A_PROMPT)
    .catch((error) => error);
  expect(failure).not.toBeInstanceOf(Unavailable);
  expect(failure.message).toContain(message);
  expect(requests).toHaveLength(1);
});
