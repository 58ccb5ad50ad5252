import { expect, test } from "vitest";
import { socketsClient } from "../../../infra/aws/clients/sockets.ts";
import { awsPost } from "../../../infra/aws/post.ts";
import { recorded } from "./wire.ts";

const ENDPOINT = "https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com/prod";
const CONNECTION = "L0SM9cOFvHcCIhw=";
const MOST = 128 * 1024;

const posting = (...answers: Parameters<typeof recorded>[1]) => {
  const { client, requests } = recorded((config) => socketsClient(ENDPOINT, config), answers);
  return { post: awsPost(client), requests };
};
const refused = (status: number, name: string) => ({
  status,
  headers: { "x-amzn-errortype": name },
  body: JSON.stringify({ message: null }),
});

test("posts a message as it is, to the stage's own endpoint", async () => {
  const { post, requests } = posting({ status: 200 });
  expect(await post.send(CONNECTION, "{雨}")).toBe("SENT");
  const [{ method, path, body }] = requests as [(typeof requests)[0]];
  expect([method, path]).toEqual(["POST", `/prod/@connections/${encodeURIComponent(CONNECTION)}`]);
  expect(Buffer.from(body).toString()).toBe("{雨}");
});

test("tells a connection that is gone and a message that is too long from what may pass", async () => {
  const { post, requests } = posting(
    refused(410, "GoneException"),
    refused(413, "PayloadTooLargeException"),
    ...Array.from({ length: 3 }, () => refused(429, "LimitExceededException")),
    refused(403, "ForbiddenException"),
  );
  expect(await post.send(CONNECTION, "a")).toBe("GONE");
  expect(await post.send(CONNECTION, "a")).toBe("LARGE");
  await expect(post.send(CONNECTION, "a")).rejects.toMatchObject({ name: "LimitExceededException" });
  await expect(post.send(CONNECTION, "a")).rejects.toMatchObject({ name: "ForbiddenException" });
  expect(requests).toHaveLength(6);
});

test("sends nothing that is too long, counted in bytes", async () => {
  const { post, requests } = posting({ status: 200 });
  expect(await post.send(CONNECTION, "ä".repeat(MOST / 2))).toBe("SENT");
  expect(await post.send(CONNECTION, `${"ä".repeat(MOST / 2)}a`)).toBe("LARGE");
  expect(requests).toHaveLength(1);
});

test("cuts a connection, and takes one that is gone for cut", async () => {
  const { post, requests } = posting(
    { status: 204 },
    refused(410, "GoneException"),
    refused(403, "ForbiddenException"),
  );
  await post.cut(CONNECTION);
  await post.cut(CONNECTION);
  await expect(post.cut(CONNECTION)).rejects.toMatchObject({ name: "ForbiddenException" });
  expect(requests.map(({ method }) => method)).toEqual(["DELETE", "DELETE", "DELETE"]);
});

test("gives up sooner than others, as who posts holds a subscription", async () => {
  const { config } = socketsClient(ENDPOINT, { region: "us-east-1" });
  expect(await config.maxAttempts()).toBe(3);
  const { configProvider } = config.requestHandler as unknown as { configProvider: Promise<object> };
  expect(await configProvider).toMatchObject({
    connectionTimeout: 2_000,
    requestTimeout: 2_000,
    throwOnRequestTimeout: true,
  });
});
