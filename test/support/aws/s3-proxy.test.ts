// The examples that AWS gives of its signatures, so that the door checks what S3 checks.
import { expect, test } from "vitest";
import { manualClock } from "../jobs/records.ts";
import { sign, signatureOfUrl, startS3Proxy } from "./s3-proxy.ts";

const SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/** docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html */
const SIGNED_URL = `https://examplebucket.s3.amazonaws.com/test.txt?${[
  "X-Amz-Algorithm=AWS4-HMAC-SHA256",
  "X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request",
  "X-Amz-Date=20130524T000000Z",
  "X-Amz-Expires=86400",
  "X-Amz-SignedHeaders=host",
  "X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
].join("&")}`;

/** docs.aws.amazon.com/AmazonS3/latest/API/sigv4-post-example.html, which has lines of this form. */
const POLICY = `{ "expiration": "2015-12-30T12:00:00.000Z",
  "conditions": [
    {"bucket": "sigv4examplebucket"},
    ["starts-with", "$key", "user/user1/"],
    {"acl": "public-read"},
    {"success_action_redirect": "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html"},
    ["starts-with", "$Content-Type", "image/"],
    {"x-amz-meta-uuid": "14365123651274"},
    {"x-amz-server-side-encryption": "AES256"},
    ["starts-with", "$x-amz-meta-tag", ""],

    {"x-amz-credential": "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"},
    {"x-amz-algorithm": "AWS4-HMAC-SHA256"},
    {"x-amz-date": "20151229T000000Z" }
  ]
}`.replaceAll("\n", "\r\n");

test("the proxy computes the signature of AWS's example URL", () => {
  const url = new URL(SIGNED_URL);
  expect(signatureOfUrl(url, "GET", SECRET)).toBe(url.searchParams.get("X-Amz-Signature"));
});

test("the proxy computes the signature of AWS's example policy", () => {
  const scope = ["20151229", "us-east-1", "s3", "aws4_request"];
  const signature = sign(Buffer.from(POLICY).toString("base64"), scope, SECRET);
  expect(signature).toBe("8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e");
});

test("the proxy accepts a signed URL for its lifetime, and no changed one", async () => {
  const clock = manualClock(Date.UTC(2013, 4, 24, 23, 59, 59));
  const proxy = startS3Proxy(SECRET, clock, async () => new Response("in"));
  expect(await (await proxy(SIGNED_URL)).text()).toBe("in");
  expect(await (await proxy(SIGNED_URL.replace("86400", "86401"))).text()).toContain("SignatureDoesNotMatch");
  expect(await (await proxy(SIGNED_URL.replace("test", "best"))).text()).toContain("SignatureDoesNotMatch");
  expect(await (await proxy(SIGNED_URL, { method: "DELETE" })).text()).toContain("SignatureDoesNotMatch");
  clock.pass(1);
  expect(await (await proxy(SIGNED_URL)).text()).toContain("expired");
});
