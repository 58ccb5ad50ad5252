// The client of DynamoDB: what it sends, what it retries, and where it finds region and endpoint.
import { createHash, createHmac } from "node:crypto";
import { Readable } from "node:stream";
import { afterEach, expect, test, vi } from "vitest";
import { dynamoClient } from "../../../infra/aws/clients/dynamo.ts";
import { DynamoError, type Item, items } from "../../../infra/aws/clients/dynamo-calls.ts";
import { CREDENTIALS } from "../../support/aws/moto-clients.ts";
import { type Answer, stubbedClient, textOf } from "../../support/aws/stubbed-client.ts";
import { serve } from "../../support/serve.ts";

const GET = { TableName: "t", Key: { pk: { S: "a" }, sk: { S: "ü" } }, ConsistentRead: true } as const;
const found = (body: object): Answer => ({ status: 200, body: JSON.stringify(body) });
const refused = (code: string, status = 400, more = {}): Answer => ({
  status,
  body: JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${code}`, message: "no", ...more }),
});

afterEach(() => vi.unstubAllEnvs());

/** Signature Version 4, after https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html. */
function signatureOf(headers: Readonly<Record<string, string>>, body: string): string {
  const [, scope, names] = /Credential=[^/]+\/(\S+), SignedHeaders=(\S+),/.exec(headers.authorization!)!;
  const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
  const signed = names!.split(";").map((name) => `${name}:${headers[name]!.trim()}\n`);
  const request = ["POST", "/", "", signed.join(""), names, sha256(body)].join("\n");
  const text = ["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, sha256(request)].join("\n");
  const hmac = (key: string | Buffer, value: string) => createHmac("sha256", key).update(value).digest();
  const key = scope!.split("/").reduce<string | Buffer>(hmac, `AWS4${CREDENTIALS.secretAccessKey}`);
  return hmac(key, text).toString("hex");
}

test("every request carries its signature", async () => {
  const { client, requests } = stubbedClient(dynamoClient, [found({ Item: { pk: { S: "a" } } })]);
  expect(await client.call("GetItem", GET)).toEqual({ Item: { pk: { S: "a" } } });
  const [{ method, path, headers, body }] = requests as [(typeof requests)[0]];
  expect([method, path, headers["x-amz-target"]]).toEqual(["POST", "/", "DynamoDB_20120810.GetItem"]);
  expect(JSON.parse(textOf(body))).toEqual(GET);
  const names = /SignedHeaders=(\S+),/.exec(headers.authorization!)![1]!.split(";");
  expect(names).toEqual(
    expect.arrayContaining(["content-length", "content-type", "host", "x-amz-date", "x-amz-target"]),
  );
  expect(headers.authorization).toMatch(
    /^AWS4-HMAC-SHA256 Credential=AKIA\w+\/\d{8}\/us-east-1\/dynamodb\/aws4_request,/,
  );
  expect(headers.authorization).toContain(`Signature=${signatureOf(headers, textOf(body))}`);
});

test("region, credentials and endpoint come from the environment that Lambda sets", async () => {
  const requests: { hostname: string; headers: Record<string, string> }[] = [];
  const requestHandler = {
    handle: async (request: never) => {
      requests.push(request);
      return { response: { statusCode: 200, headers: {}, body: Readable.from(["{}"]) } };
    },
  };
  vi.stubEnv("AWS_REGION", "eu-west-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "ASIAEXAMPLE");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
  vi.stubEnv("AWS_SESSION_TOKEN", "session");
  vi.stubEnv("AWS_ENDPOINT_URL", undefined);
  await dynamoClient({ requestHandler: requestHandler as never }).call("GetItem", GET);
  expect(requests[0]).toMatchObject({
    hostname: "dynamodb.eu-west-1.amazonaws.com",
    headers: { host: "dynamodb.eu-west-1.amazonaws.com", "x-amz-security-token": "session" },
  });
  expect(requests[0]!.headers.authorization).toMatch(/Credential=ASIAEXAMPLE\/\d+\/eu-west-1\/dynamodb\//);
});

test("an error has AWS's code, and the item that failed the condition", async () => {
  const failed = refused("ConditionalCheckFailedException", 400, { Item: { pk: { S: "a" } } });
  const { client, requests } = stubbedClient(dynamoClient, [failed]);
  const error = await client.call("GetItem", GET).catch((thrown: DynamoError) => thrown);
  expect(error).toBeInstanceOf(DynamoError);
  expect(error).toMatchObject({ name: "ConditionalCheckFailedException", message: "no", item: { pk: { S: "a" } } });
  expect(requests).toHaveLength(1);
});

test.each([
  ["a failure of the service", refused("InternalServerError", 500)],
  ["an answer that is no JSON", { status: 503, body: "<html>unavailable</html>" }],
])("gives up after five tries: %s", async (_, answer) => {
  const { client, requests } = stubbedClient(dynamoClient, Array(6).fill(answer));
  await expect(client.call("GetItem", GET)).rejects.toBeInstanceOf(DynamoError);
  expect(requests).toHaveLength(5);
});

test("pages are fetched until the last, each from where the one before ended", async () => {
  const row = (pk: string) => ({ pk: { S: pk } });
  const { client, requests } = stubbedClient(dynamoClient, [
    found({ Items: [row("a"), row("b")], LastEvaluatedKey: row("b") }),
    found({ Items: [], LastEvaluatedKey: row("c") }),
    found({ Items: [row("d")] }),
  ]);
  const all: Item[] = [];
  for await (const item of items(client, "Query", { TableName: "t", KeyConditionExpression: "pk = :pk" }))
    all.push(item);
  expect(all).toEqual([row("a"), row("b"), row("d")]);
  const starts = requests.map(({ body }) => JSON.parse(textOf(body)).ExclusiveStartKey);
  expect(starts).toEqual([undefined, row("b"), row("c")]);
});

test("a call to a table that never answers times out", async () => {
  const endpoint = await serve(() => {});
  const place = { region: "us-east-1", credentials: CREDENTIALS, endpoint };
  const call = dynamoClient({ ...place, maxAttempts: 1 }).call("GetItem", GET);
  await expect(call).rejects.toMatchObject({ name: "TimeoutError" });
});
