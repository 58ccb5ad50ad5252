import { expect, test } from "vitest";
import { socketsClient } from "../../../infra/aws/clients/sockets.ts";
import { postToConnection } from "../../../infra/aws/post-to-connection.ts";
import { CREDENTIALS } from "../../support/aws/moto-clients.ts";
import { stubbedClient } from "../../support/aws/stubbed-client.ts";
import { serve } from "../../support/serve.ts";

const ENDPOINT = "https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com/prod";
const CONNECTION = "L0SM9cOFvHcCIhw=";
const MOST = 128 * 1024;

const posting = (...answers: Parameters<typeof stubbedClient>[1]) => {
  const { client, requests } = stubbedClient((config) => socketsClient(ENDPOINT, config), answers);
  return { post: postToConnection(client), requests };
};
const refused = (status: number, name: string) => ({
  status,
  headers: { "x-amzn-errortype": name },
  body: JSON.stringify({ message: null }),
});

test("a message is posted unchanged to the stage's endpoint", async () => {
  const { post, requests } = posting({ status: 200 });
  expect(await post.send(CONNECTION, "{雨}")).toBe("SENT");
  const [{ method, path, body }] = requests as [(typeof requests)[0]];
  expect([method, path]).toEqual(["POST", `/prod/@connections/${encodeURIComponent(CONNECTION)}`]);
  expect(Buffer.from(body).toString()).toBe("{雨}");
});

test.each([
  ["is gone", 410, "GoneException", "GONE", 1],
  ["was sent a message that is too large", 413, "PayloadTooLargeException", "LARGE", 1],
  ["takes no more, however often it is tried", 429, "LimitExceededException", "STUCK", 3],
] as const)("says of a connection that it %s", async (_, status, name, sent, tries) => {
  const { post, requests } = posting(...Array.from({ length: tries }, () => refused(status, name)));
  expect(await post.send(CONNECTION, "a")).toBe(sent);
  expect(requests).toHaveLength(tries);
});

test("a post that succeeds after retries is SENT", async () => {
  const full = refused(429, "LimitExceededException");
  const { post } = posting(full, full, { status: 200 });
  expect(await post.send(CONNECTION, "a")).toBe("SENT");
});

test("a connection whose posts time out is STUCK", async () => {
  let sentRequests = 0;
  const endpoint = `${await serve(() => void sentRequests++)}/prod`;
  const requestHandler = { requestTimeout: 50, throwOnRequestTimeout: true };
  const config = { region: "us-east-1", credentials: CREDENTIALS, requestHandler };
  expect(await postToConnection(socketsClient(endpoint, config)).send(CONNECTION, "a")).toBe("STUCK");
  expect(sentRequests).toBe(3);
});

test.each([
  ["a right that is missing", 403, "ForbiddenException", 1],
  ["calls that are held back", 429, "TooManyRequestsException", 3],
  ["calls that are throttled", 400, "ThrottlingException", 3],
  ["a gateway that is broken", 500, "InternalServerErrorException", 3],
] as const)("takes %s for no fault of the connection", async (_, status, name, tries) => {
  const { post, requests } = posting(...Array.from({ length: tries }, () => refused(status, name)));
  await expect(post.send(CONNECTION, "a")).rejects.toMatchObject({ name });
  expect(requests).toHaveLength(tries);
});

test("a message beyond the limit, counted in bytes, is not posted", async () => {
  const { post, requests } = posting({ status: 200 });
  expect(await post.send(CONNECTION, "ä".repeat(MOST / 2))).toBe("SENT");
  expect(await post.send(CONNECTION, `${"ä".repeat(MOST / 2)}a`)).toBe("LARGE");
  expect(requests).toHaveLength(1);
});

test("disconnect closes a connection, and accepts one that is gone", async () => {
  const { post, requests } = posting(
    { status: 204 },
    refused(410, "GoneException"),
    refused(403, "ForbiddenException"),
  );
  await post.disconnect(CONNECTION);
  await post.disconnect(CONNECTION);
  await expect(post.disconnect(CONNECTION)).rejects.toMatchObject({ name: "ForbiddenException" });
  expect(requests.map(({ method }) => method)).toEqual(["DELETE", "DELETE", "DELETE"]);
});

test("a post gives up sooner than a lock on a subscription expires", async () => {
  const { config } = socketsClient(ENDPOINT, { region: "us-east-1" });
  expect(await config.maxAttempts()).toBe(3);
  const { configProvider } = config.requestHandler as unknown as { configProvider: Promise<object> };
  expect(await configProvider).toMatchObject({
    connectionTimeout: 2_000,
    requestTimeout: 2_000,
    throwOnRequestTimeout: true,
  });
});
