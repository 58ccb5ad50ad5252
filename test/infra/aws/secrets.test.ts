import { createPublicKey, createSign, createVerify } from "node:crypto";
import { CreateSecretCommand } from "@aws-sdk/client-secrets-manager";
import type { CloudFormationCustomResourceEvent, CloudFormationCustomResourceResponse } from "aws-lambda";
import { expect, test } from "vitest";
import { secretsHandler } from "../../../functions/aws/secrets-handler.ts";
import { secretsClient } from "../../../infra/aws/clients/secrets.ts";
import { awsSecrets, readSecrets, type StoredSecrets, writeSecrets } from "../../../infra/aws/secrets.ts";
import { silent } from "../../support/aws/lambda-events.ts";
import { onMoto, place } from "../../support/aws/moto-resources.ts";
import { stubbedClient } from "../../support/aws/stubbed-client.ts";

const WEBHOOKS = "s".repeat(32);
const answer = (secrets: object) => ({
  status: 200,
  body: JSON.stringify({ SecretString: JSON.stringify(secrets) }),
});
const denied = { status: 400, body: JSON.stringify({ __type: "AccessDeniedException", message: "not yours" }) };
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

test("the secrets are read once for concurrent callers", async () => {
  const { client, requests } = stubbedClient(secretsClient, [answer({ webhooks: WEBHOOKS })]);
  const secrets = awsSecrets(client, "unclip");
  const all = await Promise.all([secrets(), secrets(), secrets()]);
  expect(all.map(({ webhooks }) => text(webhooks))).toEqual(Array(3).fill(WEBHOOKS));
  await secrets();
  expect(requests).toHaveLength(1);
});

test("the secrets are read again after a failed read", async () => {
  const { client } = stubbedClient(secretsClient, [denied, answer({ webhooks: WEBHOOKS })]);
  const secrets = awsSecrets(client, "unclip");
  await expect(secrets()).rejects.toThrow("not yours");
  expect(text((await secrets()).webhooks)).toBe(WEBHOOKS);
});

test.each([{ webhooks: "secret" }, { origin: WEBHOOKS }])(
  "a root that is too short is refused: %j",
  async (secrets) => {
    const { client } = stubbedClient(secretsClient, [answer(secrets)]);
    await expect(awsSecrets(client, "unclip")()).rejects.toThrow("must have at least 32 characters");
  },
);

test("a text that is no JSON is refused without quoting it", async () => {
  const { client } = stubbedClient(secretsClient, [{ status: 200, body: JSON.stringify({ SecretString: "hush" }) }]);
  await expect(awsSecrets(client, "unclip")()).rejects.toThrow(/^The secret unclip is not a JSON object$/);
});

/** A deployment's secret as CloudFormation makes it, and the function that completes it. */
function deployment(stored: StoredSecrets = { origin: "o" }) {
  const state = { stored };
  const responses: CloudFormationCustomResourceResponse[] = [];
  const handler = secretsHandler({
    read: async () => state.stored,
    write: async (secrets) => {
      state.stored = secrets;
    },
    respond: async (url, response) => {
      if (url === "https://respond") responses.push(response);
    },
    log: silent,
  });
  const send = async (RequestType: "Create" | "Update" | "Delete", generation = 1) => {
    const event = {
      RequestType,
      StackId: "stack",
      RequestId: "request",
      LogicalResourceId: "Secrets",
      ResponseURL: "https://respond",
      ResourceProperties: { Generation: String(generation) },
    };
    await handler(event as unknown as CloudFormationCustomResourceEvent);
    return responses.at(-1)!;
  };
  return { state, send };
}

test("the secrets are completed once, and the public key belongs to the private one", async () => {
  const { state, send } = deployment();
  const { Status, Data, PhysicalResourceId } = await send("Create");
  expect([Status, Object.keys(Data!)]).toEqual(["SUCCESS", ["Key1"]]);
  const { origin, webhooks, pictureKeys } = state.stored;
  expect([origin, webhooks]).toEqual(["o", expect.stringMatching(/^[0-9a-f]{96}$/)]);
  const signature = createSign("sha256").update("text").sign(pictureKeys![1]!);
  expect(createVerify("sha256").update("text").verify(Data!.Key1, signature)).toBe(true);
  expect(createPublicKey(Data!.Key1).asymmetricKeyDetails?.modulusLength).toBe(2_048);
  // CloudFormation repeats a request whose answer it lost.
  const { stored } = state;
  expect((await send("Create")).Data).toEqual(Data);
  expect(state.stored).toEqual(stored);
  expect(await send("Delete")).toMatchObject({ Status: "SUCCESS", PhysicalResourceId });
  expect(state.stored).toEqual(stored);
});

test("a rotation adds a key, returns the previous one too, and can be rolled back", async () => {
  const { state, send } = deployment();
  const first = await send("Create", 1);
  const { webhooks } = state.stored;
  const second = await send("Update", 2);
  expect(Object.keys(second.Data!).sort()).toEqual(["Key1", "Key2"]);
  expect(second.Data!.Key1).toBe(first.Data!.Key1);
  expect(second.Data!.Key2).not.toBe(first.Data!.Key1);
  expect(second.PhysicalResourceId).toBe(first.PhysicalResourceId);
  const third = await send("Update", 3);
  expect(Object.keys(third.Data!).sort()).toEqual(["Key2", "Key3"]);
  expect((await send("Update", 2)).Data).toEqual(second.Data);
  await send("Update", 3);
  await send("Update", 4);
  expect(Object.keys(state.stored.pictureKeys!)).toEqual(["2", "3", "4"]);
  expect(state.stored.webhooks).toBe(webhooks);
});

test("a failure is reported to CloudFormation, which would wait for an hour otherwise", async () => {
  const responses: CloudFormationCustomResourceResponse[] = [];
  const handler = secretsHandler({
    read: () => Promise.reject(new Error("no permission")),
    write: async () => {},
    respond: async (_, response) => void responses.push(response),
    log: silent,
  });
  await handler({ RequestType: "Create", ResourceProperties: { Generation: "1" } } as never);
  expect(responses).toMatchObject([{ Status: "FAILED", Reason: "Error: no permission" }]);
});

onMoto("the deployment's secrets", () => {
  test("are completed in Secrets Manager and read from there", async () => {
    const client = secretsClient(place);
    const Name = "unclip-secrets";
    await client.send(new CreateSecretCommand({ Name, SecretString: JSON.stringify({ origin: "o" }) }));
    const { state, send } = deployment(await readSecrets(client, Name));
    await send("Create");
    await writeSecrets(client, Name, state.stored);
    const secrets = await awsSecrets(client, Name)();
    expect(text(secrets.webhooks)).toBe(state.stored.webhooks);
    expect(secrets.pictureKey(1)).toBe(state.stored.pictureKeys![1]);
    expect(() => secrets.pictureKey(2)).toThrow("has no key of generation 2");
  });
});
