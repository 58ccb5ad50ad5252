import { expect, test } from "vitest";
import { embedHandler } from "../../../functions/aws/embed-handler.ts";
import { lambdaClient } from "../../../infra/aws/clients/lambda.ts";
import { awsEmbedder, type EmbedRequest } from "../../../infra/aws/embedder.ts";
import { Unavailable } from "../../../infra/ports.ts";
import { type Answer, stubbedClient, textOf } from "../../support/aws/stubbed-client.ts";

const EMBEDDED = { clip: "clip", vector: Float32Array.of(0.25, -1.5, 1e-8) };

const json = (body: object, status = 200, headers = {}): Answer => ({ status, headers, body: JSON.stringify(body) });
/** Lambda's response to its own error, and (with status 200) to an error of the function. */
const refused = (type: string, status: number) => json({ Message: "no" }, status, { "x-amzn-errortype": type });
const failed = (errorType: string, errorMessage: string) =>
  json({ errorType, errorMessage }, 200, { "x-amz-function-error": "Unhandled" });

test("the embedder returns the function's response bit by bit", async () => {
  let sentRequests: EmbedRequest | undefined;
  const embed = async (prompt: string) => {
    sentRequests = { prompt };
    return EMBEDDED;
  };
  const answer = await embedHandler({ engine: async () => ({ embed }) })({ prompt: "ein Boot, 雨" });
  const { client, requests } = stubbedClient(lambdaClient, [json(answer)]);
  expect(await awsEmbedder(client, "unclip-embed").embed("ein Boot, 雨")).toEqual(EMBEDDED);
  expect(requests[0]!.path).toBe("/2015-03-31/functions/unclip-embed/invocations");
  expect(JSON.parse(textOf(requests[0]!.body))).toEqual(sentRequests);
});

test("the embedder retries after throttling", async () => {
  const answer = await embedHandler({ engine: async () => ({ embed: async () => EMBEDDED }) })({ prompt: "x" });
  const { client, requests } = stubbedClient(lambdaClient, [refused("TooManyRequestsException", 429), json(answer)]);
  expect(await awsEmbedder(client, "f").embed("x")).toEqual(EMBEDDED);
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
  await expect(awsEmbedder(client, "f").embed("x")).rejects.toBeInstanceOf(Unavailable);
});

test.each([
  ["the function has a bug", failed("TypeError", "x is undefined"), "x is undefined"],
  ["permission to invoke the function is missing", refused("AccessDeniedException", 403), "no"],
  ["the function does not exist", refused("ResourceNotFoundException", 404), "no"],
])("the embedder rejects with the error itself when %s", async (_, answer, message) => {
  const { client, requests } = stubbedClient(lambdaClient, [answer]);
  const failure = await awsEmbedder(client, "f")
    .embed("x")
    .catch((error) => error);
  expect(failure).not.toBeInstanceOf(Unavailable);
  expect(failure.message).toContain(message);
  expect(requests).toHaveLength(1);
});
