import { CreateSecretCommand } from "@aws-sdk/client-secrets-manager";
import { expect, test } from "vitest";
import { secretsClient } from "../../../infra/aws/clients/secrets.ts";
import { awsSecret } from "../../../infra/aws/secret.ts";
import { onMoto, place } from "../../support/aws/moto-resources.ts";
import { stubbedClient } from "../../support/aws/stubbed-client.ts";

const SECRET = "s".repeat(32);
const answer = (SecretString: string) => ({ status: 200, body: JSON.stringify({ SecretString }) });
const denied = { status: 400, body: JSON.stringify({ __type: "AccessDeniedException", message: "not yours" }) };

test("the secret is read once for concurrent callers", async () => {
  const { client, requests } = stubbedClient(secretsClient, [answer(SECRET)]);
  const secret = awsSecret(client, "unclip");
  const all = await Promise.all([secret(), secret(), secret()]);
  expect(all.map((bytes) => Buffer.from(bytes).toString())).toEqual(Array(3).fill(SECRET));
  await secret();
  expect(requests).toHaveLength(1);
});

test("the secret is read again after a failed read", async () => {
  const { client } = stubbedClient(secretsClient, [denied, answer(SECRET)]);
  const secret = awsSecret(client, "unclip");
  await expect(secret()).rejects.toThrow("not yours");
  expect(Buffer.from(await secret()).toString()).toBe(SECRET);
});

test("a secret that is too short is refused", async () => {
  const { client } = stubbedClient(secretsClient, [answer("secret")]);
  await expect(awsSecret(client, "unclip")()).rejects.toThrow("must have at least 32 characters");
});

onMoto("the deployment's secret", () => {
  test("is read from Secrets Manager", async () => {
    const client = secretsClient(place);
    await client.send(new CreateSecretCommand({ Name: "unclip-secret", SecretString: SECRET }));
    expect(Buffer.from(await awsSecret(client, "unclip-secret")()).toString()).toBe(SECRET);
  });
});
