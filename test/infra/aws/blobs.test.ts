import { beforeAll, expect, test } from "vitest";
import { awsBlobs } from "../../../infra/aws/blobs.ts";
import { s3Client } from "../../../infra/aws/clients/s3.ts";
import { type Blobs, systemClock } from "../../../infra/ports.ts";
import { contractOfBlobs } from "../../contracts/blobs.ts";
import { CREDENTIALS, slowMachine } from "../../support/aws/moto-clients.ts";
import { newBucket, onMoto, place, s3 } from "../../support/aws/moto-resources.ts";
import { startS3Proxy } from "../../support/aws/s3-proxy.ts";
import { LossyHttp, stubbedClient } from "../../support/aws/stubbed-client.ts";
import { manualClock } from "../../support/jobs/records.ts";
import { uploadForm } from "../../support/upload-form.ts";

const PNG = "image/png";
const KEY = "uploads/anna/a.png";
const one = { bytes: Buffer.from("one"), contentType: PNG };

onMoto("blobs in S3", () => {
  contractOfBlobs("AWS, on moto", async () => ({
    blobs: awsBlobs(s3, await newBucket()),
    fetch: startS3Proxy(CREDENTIALS.secretAccessKey, systemClock),
    close: async () => {},
  }));

  let bucket: string;
  let blobs: Blobs;
  beforeAll(async () => {
    bucket = await newBucket();
    blobs = awsBlobs(s3, bucket);
  });

  test("a signed URL expires in time, and serves a picture inline under its name", async () => {
    await blobs.put("pictures/a/0.png", one);
    const { url, expiresAt } = await blobs.signGet("pictures/a/0.png", 60);
    const clock = manualClock(expiresAt - 1);
    const proxy = startS3Proxy(CREDENTIALS.secretAccessKey, clock);
    const { headers } = await proxy(url);
    expect(headers.get("Content-Disposition")).toBe('inline; filename="0.png"');
    expect(headers.get("Cache-Control")).toBe("private, max-age=3600");
    clock.pass(0.001);
    expect((await proxy(url)).status).toBe(403);
  });

  const form = ({ fields }: { fields: Readonly<Record<string, string>> }, text: string, change = {}) => {
    const file = new File([text], "mine.png", { type: PNG });
    return { method: "POST", body: uploadForm({ ...fields, ...change }, file) };
  };

  test("an upload ticket expires in time, and refuses empty files and other buckets", async () => {
    const ticket = await blobs.signUpload(KEY, { contentType: PNG, maxBytes: 10, seconds: 60 });
    const clock = manualClock(ticket.expiresAt - 1);
    const proxy = startS3Proxy(CREDENTIALS.secretAccessKey, clock);
    const answer = async (init: RequestInit) => (await proxy(ticket.url, init)).text();
    expect(await answer(form(ticket, ""))).toContain("EntityTooSmall");
    expect(await answer(form(ticket, "12345678901"))).toContain("EntityTooLarge");
    expect(await answer(form(ticket, "1", { bucket: "another" }))).toContain("Policy Condition failed");
    expect(await answer(form(ticket, "1", { acl: "public-read" }))).toContain("Extra input fields");
    const wider = Buffer.from(
      Buffer.from(ticket.fields.Policy!, "base64").toString().replace('range",1,10', 'range",1,99'),
    );
    expect(await answer(form(ticket, "1", { Policy: wider.toString("base64") }))).toContain("SignatureDoesNotMatch");
    expect((await proxy(ticket.url, form(ticket, "1"))).ok).toBe(true);
    clock.pass(1.001);
    expect(await answer(form(ticket, "1"))).toContain("Policy expired");
  });

  test("a conditional put recognizes its own blob when the response was lost", async () => {
    const http = new LossyHttp(slowMachine);
    const client = s3Client({ ...place, requestHandler: http, forcePathStyle: true });
    const lossy = awsBlobs(client, bucket);
    const lost = http.lose("PutObject");
    expect(await lossy.put("lost/a", one, { ifAbsent: true })).toBe(true);
    expect(lost()).toBe(1);
    expect(await lossy.put("lost/a", one, { ifAbsent: true })).toBe(false);
    const again = http.lose("PutObject");
    expect(await lossy.put("lost/a", one, { ifAbsent: true })).toBe(false);
    expect(again()).toBe(1);
  });

  test("forget deletes more than one page and more than one batch", async () => {
    const keys = Array.from({ length: 12 }, (_, i) => `many/${i}`);
    await Promise.all(keys.map((key) => blobs.put(key, one)));
    expect(await blobs.forget("many/", Date.now() + 60_000, 100)).toBe(12);
    expect(await blobs.forget("many/", Date.now() + 60_000, 100)).toBe(0);
  });

  test("invalid keys are refused by writes and unknown to reads", async () => {
    for (const key of ["", "/a", "a/../b", "a b"]) {
      await expect(blobs.put(key, one)).rejects.toThrow("Invalid blob key");
      await expect(blobs.signGet(key, 60)).rejects.toThrow("Invalid blob key");
      expect(await blobs.get(key)).toBeUndefined();
      expect(await blobs.head(key)).toBeUndefined();
      await blobs.remove(key);
    }
  });
});

const CONFLICT = {
  status: 409,
  body: "<Error><Code>ConditionalRequestConflict</Code><Message>Another one is under way.</Message></Error>",
};
const DENIED = { status: 403, body: "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>" };

test("a conditional put is retried when S3 reports a conflict", async () => {
  const { client, requests } = stubbedClient(s3Client, [CONFLICT, CONFLICT, { status: 200 }]);
  expect(await awsBlobs(client, "b").put("a", one, { ifAbsent: true })).toBe(true);
  expect(requests.map(({ headers }) => headers["if-none-match"])).toEqual(["*", "*", "*"]);
});

test("a denied read is an error, not a missing blob", async () => {
  const { client } = stubbedClient(s3Client, [DENIED, DENIED]);
  await expect(awsBlobs(client, "b").get("a")).rejects.toThrow("Access Denied");
  await expect(awsBlobs(client, "b").put("a", one, { ifAbsent: true })).rejects.toThrow("Access Denied");
});
