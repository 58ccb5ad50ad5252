// What an edge of CloudFront checks before it serves a file at a signed URL, after AWS's description of canned policies. It
// shares no code with the adapter, which signs.
import { createVerify, generateKeyPairSync } from "node:crypto";
import { GetObjectCommand, NoSuchKey, type S3Client } from "@aws-sdk/client-s3";
import { CreateSecretCommand } from "@aws-sdk/client-secrets-manager";
import { secretsClient } from "../../../infra/aws/clients/secrets.ts";
import { type Clock, systemClock } from "../../../infra/ports.ts";
import { place, s3 } from "./moto-resources.ts";

type Distribution = {
  /** "https://d111111abcdef8.cloudfront.net" */
  readonly origin: string;
  /** Public keys (PEM) of the key group, by their ids. */
  readonly keys: Readonly<Record<string, string>>;
  readonly bucket: { readonly client: S3Client; readonly name: string };
  readonly clock: Clock;
};

export function cloudFrontEdge({ origin, keys, bucket, clock }: Distribution): (url: string) => Promise<Response> {
  return async (url) => {
    const problem = problemOf(url, keys, clock);
    if (problem !== undefined) return new Response(`<Code>${problem}</Code>`, { status: 403 });
    const Key = new URL(url).pathname.slice(1);
    if (!url.startsWith(`${origin}/`)) throw new Error(`${url} is not of this distribution`);
    try {
      const { Body, ContentType, ETag } = await bucket.client.send(new GetObjectCommand({ Bucket: bucket.name, Key }));
      return new Response(Buffer.from(await Body!.transformToByteArray()), {
        // The distribution's policy sets how long browsers keep it (cdk/pictures.ts).
        headers: { "content-type": ContentType!, etag: ETag!, "cache-control": "private, max-age=3600" },
      });
    } catch (error) {
      // CloudFront may not list the bucket, so S3 answers 403 for what is not there.
      if (error instanceof NoSuchKey) return new Response("<Code>AccessDenied</Code>", { status: 403 });
      throw error;
    }
  };
}

/** A distribution with a key of its own, and the settings of functions that sign for it. */
export function newDistribution() {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", {
    modulusLength: 2_048,
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  const origin = "https://d111111abcdef8.cloudfront.net";
  const keyId = "K2JCJMDEHXQW5F";
  return {
    origin,
    keyId,
    privateKey,
    keys: { [keyId]: publicKey } as Readonly<Record<string, string>>,
    /** As they lie in Secrets Manager. */
    secrets: { origin: "o", webhooks: "s".repeat(64), pictureKeys: { 1: privateKey } },
    environment: { UNCLIP_PICTURES: origin, UNCLIP_PICTURE_KEY: `1:${keyId}`, UNCLIP_FILE_ORIGINS: origin },
  };
}

/** A distribution in front of a bucket on moto, whose key lies in moto's Secrets Manager. */
export async function openFront(name: string, bucket: string) {
  const { secrets, environment, ...distribution } = newDistribution();
  const secret = { Name: name, SecretString: JSON.stringify(secrets) };
  await secretsClient(place).send(new CreateSecretCommand(secret));
  return {
    origin: distribution.origin,
    environment: { ...environment, UNCLIP_SECRET: name },
    open: cloudFrontEdge({ ...distribution, bucket: { client: s3, name: bucket }, clock: systemClock }),
  };
}

const PARAMETERS = ["Expires", "Signature", "Key-Pair-Id", "Hash-Algorithm"] as const;

function problemOf(url: string, keys: Distribution["keys"], clock: Clock): string | undefined {
  const query = new Map(
    url
      .split("?")[1]
      ?.split("&")
      .map((part) => part.split("=") as [string, string]),
  );
  const [expires, signature, id, algorithm] = PARAMETERS.map((name) => query.get(name));
  if (signature === undefined || expires === undefined || id === undefined) return "MissingKey";
  const key = keys[id];
  if (key === undefined) return "AccessDenied: unknown Key";
  if (algorithm !== "SHA256") return "AccessDenied: unknown algorithm";
  // The signed resource is the URL without CloudFront's own parameters.
  const policy = {
    Statement: [{ Resource: url.split("?")[0], Condition: { DateLessThan: { "AWS:EpochTime": Number(expires) } } }],
  };
  const bytes = Buffer.from(
    signature.replace(/[-_~]/g, (char) => ({ "-": "+", _: "=", "~": "/" })[char]!),
    "base64",
  );
  const valid = createVerify("sha256").update(JSON.stringify(policy)).verify(key, bytes);
  if (!valid) return "AccessDenied: signature";
  return clock.now() < Number(expires) * 1000 ? undefined : "AccessDenied: expired";
}
