import { beforeAll, expect, test } from "vitest";
import { awsBlobs } from "../../../infra/aws/blobs.ts";
import { s3Client } from "../../../infra/aws/clients/s3.ts";
import { stsClient } from "../../../infra/aws/clients/sts.ts";
import { cloudFrontUrls } from "../../../infra/aws/cloudfront-urls.ts";
import { s3Urls } from "../../../infra/aws/s3-urls.ts";
import { sessionSigner } from "../../../infra/aws/session-signer.ts";
import type { Credentials } from "../../../infra/config/aws-environment.ts";
import { type Blobs, type Clock, systemClock } from "../../../infra/ports.ts";
import { contractOfBlobs } from "../../contracts/blobs.ts";
import { cloudFrontEdge, newDistribution } from "../../support/aws/cloudfront-edge.ts";
import { CREDENTIALS, slowMachine } from "../../support/aws/moto-clients.ts";
import { newBucket, onMoto, place, s3 } from "../../support/aws/moto-resources.ts";
import { startS3Proxy } from "../../support/aws/s3-proxy.ts";
import { LossyHttp, stubbedClient } from "../../support/aws/stubbed-client.ts";
import { manualClock } from "../../support/jobs/records.ts";
import { uploadForm } from "../../support/upload-form.ts";

const PNG = "image/png";
const KEY = "uploads/anna/a.png";
const one = { bytes: Buffer.from("one"), contentType: PNG };

const FRONT = newDistribution();
const frontUrls = (clock: Clock) => cloudFrontUrls({ ...FRONT, privateKey: async () => FRONT.privateKey, clock });

const ROLE = "arn:aws:iam::123456789012:role/reader";

/** Signs with sessions on moto, whose secrets S3 would know. */
function openSessions(clock: Clock = systemClock) {
  const secrets = new Map<string, string>();
  const openClient: Parameters<typeof sessionSigner>[0]["openClient"] = ({ credentials }) => {
    const { accessKeyId, secretAccessKey } = credentials as Credentials;
    secrets.set(accessKeyId, secretAccessKey);
    return s3Client({ ...place, credentials: credentials!, forcePathStyle: true });
  };
  const signer = sessionSigner({ sts: stsClient(place), role: ROLE, clock, openClient });
  const secretOf = (url: string) => {
    const [id = ""] = new URL(url).searchParams.get("X-Amz-Credential")?.split("/") ?? [];
    return secrets.get(id) ?? "";
  };
  return { signer, secretOf, sessions: () => secrets.size };
}

onMoto("blobs in S3", () => {
  contractOfBlobs("AWS, on moto", async () => ({
    blobs: awsBlobs(s3, await newBucket()),
    fetch: startS3Proxy(CREDENTIALS.secretAccessKey, systemClock),
    close: async () => {},
  }));

  contractOfBlobs("AWS, on moto, behind CloudFront", async () => {
    const name = await newBucket();
    const s3Proxy = startS3Proxy(CREDENTIALS.secretAccessKey, systemClock);
    const edge = cloudFrontEdge({ ...FRONT, bucket: { client: s3, name }, clock: systemClock });
    return {
      blobs: awsBlobs(s3, name, frontUrls(systemClock)),
      fetch: (url, init) => (init?.method === "POST" ? s3Proxy(url, init) : edge(url)),
      close: async () => {},
    };
  });

  contractOfBlobs("AWS, on moto, with sessions of a role", async () => {
    const name = await newBucket();
    const { signer, secretOf } = openSessions();
    return {
      blobs: awsBlobs(s3, name, s3Urls(name, signer)),
      fetch: (url, init) =>
        startS3Proxy(init?.method === "POST" ? CREDENTIALS.secretAccessKey : secretOf(url), systemClock)(url, init),
      close: async () => {},
    };
  });

  test("a session of the role ends its URLs, which their expiry says, and is renewed long before", async () => {
    const name = await newBucket();
    const clock = manualClock(Date.now());
    const { signer, sessions } = openSessions(clock);
    const signGet = s3Urls(name, signer);
    const day = await signGet("pictures/a/0.png", 86_400);
    expect(day.expiresAt).toBe((await signer()).expiresAt);
    expect(day.expiresAt - clock.now()).toBeLessThan(3_660_000);
    expect(day.url).toContain("X-Amz-Security-Token=");
    const minute = await signGet("pictures/a/0.png", 60);
    expect(minute.expiresAt - clock.now()).toBeLessThan(95_000);
    expect(await signGet("pictures/a/0.png", 86_400)).toEqual(day);
    expect(sessions()).toBe(1);
    clock.pass(901);
    expect((await signGet("pictures/a/0.png", 86_400)).url).not.toBe(day.url);
    expect(sessions()).toBe(2);
  });

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

test("a session that is refused is asked for again", async () => {
  const denied = { status: 403, body: "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>" };
  const { client, requests } = stubbedClient(stsClient, [denied, denied]);
  const signer = sessionSigner({ sts: client, role: ROLE, clock: systemClock, openClient: s3Client });
  await expect(signer()).rejects.toThrow();
  await expect(signer()).rejects.toThrow();
  expect(requests).toHaveLength(2);
});

test("CloudFront serves a URL until it expires, with the keys of its group, and nobody changes it", async () => {
  const clock = manualClock(1_795_521_600_123);
  const { url, expiresAt } = await frontUrls(clock)("pictures/a/0.png", 86_400);
  expect(url).toMatch(
    /^https:\/\/d111111abcdef8\.cloudfront\.net\/pictures\/a\/0\.png\?Expires=\d+&Signature=[\w~-]+&/,
  );
  expect(expiresAt - clock.now()).toBeGreaterThanOrEqual(86_400_000);
  const { client } = stubbedClient(s3Client, [{ status: 200 }]);
  const status = async (one: string, keys: Readonly<Record<string, string>> = FRONT.keys) =>
    (await cloudFrontEdge({ ...FRONT, keys, bucket: { client, name: "b" }, clock })(one)).status;
  const later = url.replace(/Expires=\d+/, `Expires=${expiresAt / 1000 + 1}`);
  for (const forged of [later, url.replace("/0.png", "/1.png"), url.replace(/Signature=[^&]+/, "Signature=AAAA")]) {
    expect(await status(forged)).toBe(403);
  }
  expect(await status(url, { another: FRONT.keys[FRONT.keyId]! })).toBe(403);
  clock.pass((expiresAt - clock.now()) / 1000);
  expect(await status(url)).toBe(403);
});

test("every function signs the same URL within its window, and a later one afterwards", async () => {
  const clock = manualClock(1_795_521_600_000);
  const first = await frontUrls(clock)("pictures/a/0.png", 3_600);
  clock.pass(1_000);
  expect(await frontUrls(clock)("pictures/a/0.png", 3_600)).toEqual(first);
  clock.pass(1_000);
  expect((await frontUrls(clock)("pictures/a/0.png", 3_600)).expiresAt).toBeGreaterThan(first.expiresAt);
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
