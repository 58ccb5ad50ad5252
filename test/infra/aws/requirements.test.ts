// What the doctor finds of zones and of keys, for answers of AWS and on moto.
import { expect, test } from "vitest";
import { awsAccess } from "../../../infra/aws/clients/access.ts";
import { httpHandler } from "../../../infra/aws/clients/http.ts";
import { readKeyPolicy } from "../../../infra/aws/clients/kms.ts";
import { queryClient } from "../../../infra/aws/clients/query.ts";
import { sendSigned } from "../../../infra/aws/clients/signed-request.ts";
import { checkKeyPolicy, checkZones } from "../../../infra/aws/requirements.ts";
import { CREDENTIALS } from "../../support/aws/moto-clients.ts";
import { moto, onMoto } from "../../support/aws/moto-resources.ts";

const ACCOUNT = "123456789012";
const KEY = `arn:aws:kms:eu-central-1:${ACCOUNT}:key/1`;
const policy = (...Statement: readonly object[]) => JSON.stringify({ Version: "2012-10-17", Statement });
const DELEGATES = { Effect: "Allow", Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: "kms:*" };
const CLOUDFRONT = { Effect: "Allow", Principal: { Service: "cloudfront.amazonaws.com" }, Action: ["kms:Decrypt"] };

const answers = (...statements: readonly object[]) => ({
  region: "eu-central-1",
  ec2: async () => () => ["a", "b", "c"],
  readKeyPolicy: async () => policy(...statements),
});

test("a region that has fewer zones than the GPU machines are to use is a problem", async () => {
  expect(await checkZones(answers(), 3)).toMatchObject({ state: "ok" });
  expect(await checkZones(answers(), 4)).toEqual({
    subject: "availability zones",
    state: "problem",
    found: "3 in eu-central-1; GPU machines are to use 4",
    advice: "deploy with -c unclip:zones=3",
  });
});

test.each([
  ["does not delegate to IAM", [{ ...DELEGATES, Principal: { AWS: `arn:aws:iam::${ACCOUNT}:role/Admin` } }], "problem"],
  ["denies what it delegates", [{ ...DELEGATES, Effect: "Deny" }, CLOUDFRONT], "problem"],
  ["leaves CloudFront out", [DELEGATES], "warning"],
  ["lets CloudFront encrypt only", [DELEGATES, { ...CLOUDFRONT, Action: "kms:Encrypt" }], "warning"],
  ["names several principals", [{ ...DELEGATES, Principal: { AWS: ["1", ACCOUNT] } }, CLOUDFRONT], "ok"],
])("a key policy that %s", async (_, statements, state) => {
  expect(await checkKeyPolicy(answers(...statements), ACCOUNT, KEY)).toMatchObject({ subject: "key policy", state });
});

test("a key of another region is a problem", async () => {
  const key = KEY.replace("eu-central-1", "us-east-1");
  expect(await checkKeyPolicy(answers(DELEGATES, CLOUDFRONT), ACCOUNT, key)).toMatchObject({
    state: "problem",
    found: `${key} is not in eu-central-1`,
  });
});

onMoto("on moto", () => {
  const place = { region: "eu-central-1", endpoint: moto!, credentials: CREDENTIALS };

  test("EC2 answers which zones there are", async () => {
    const ec2 = queryClient("ec2", "2016-11-15", place);
    expect(await checkZones({ ...answers(), ec2 }, 3)).toMatchObject({
      state: "ok",
      found: "3 in eu-central-1; GPU machines are to use 3",
    });
  });

  test("KMS answers with the policy of a key, or why not", async () => {
    const { status, answer } = await sendSigned(await awsAccess("kms", place), httpHandler(10_000), {
      service: "kms",
      method: "POST",
      path: "/",
      headers: { "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "TrentService.CreateKey" },
      body: JSON.stringify({ Policy: policy(DELEGATES) }),
    });
    expect(status).toBe(200);
    expect(await readKeyPolicy(JSON.parse(answer).KeyMetadata.KeyId, place)).toBe(policy(DELEGATES));
    await expect(readKeyPolicy(KEY, place)).rejects.toThrow(/key/i);
  });
});
