// Blobs in S3.
import { randomUUID } from "node:crypto";
import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  NoSuchKey,
  NotFound,
  PutObjectCommand,
  paginateListObjectsV2,
  type S3Client,
  type S3ServiceException,
} from "@aws-sdk/client-s3";
import { createPresignedPost } from "@aws-sdk/s3-presigned-post";
import { checkKey, checkMediaType, checkSigned, isKey } from "../limits.ts";
import type { Blob, Blobs } from "../ports.ts";
import { s3Urls } from "./s3-urls.ts";

/** Retries of a conditional put while S3 reports a conflict with another write of the same key. */
const MAX_CONFLICTS = 5;
/** Maximum number of keys of one DeleteObjects call. */
const BATCH = 1_000;

type Bucket = { readonly client: S3Client; readonly name: string };

/** URLs to read are signed by `signGet`, by default with the client's own credentials. */
export function awsBlobs(
  client: S3Client,
  name: string,
  signGet: Blobs["signGet"] = s3Urls(name, async () => ({ client })),
): Blobs {
  const bucket: Bucket = { client, name };
  return {
    put: (key, blob, options) => put(bucket, key, blob, options?.ifAbsent ?? false),
    get: (key) => get(bucket, key),
    head: async (key) => {
      const object = await head(bucket, key);
      return object && { bytes: object.ContentLength!, contentType: object.ContentType! };
    },
    remove: async (key) => {
      if (isKey(key)) await client.send(new DeleteObjectCommand({ Bucket: name, Key: key }));
    },
    signGet,
    signUpload: (key, limits) => signUpload(bucket, key, limits),
    forget: (prefix, before, limit) => forget(bucket, prefix, before, limit),
  };
}

async function put(bucket: Bucket, key: string, { bytes, contentType }: Blob, ifAbsent: boolean): Promise<boolean> {
  checkKey(key);
  checkMediaType(contentType);
  const input = { Bucket: bucket.name, Key: key, Body: bytes, ContentType: contentType };
  if (ifAbsent) return putIfAbsent(bucket, input);
  await bucket.client.send(new PutObjectCommand(input));
  return true;
}

async function putIfAbsent(bucket: Bucket, input: PutObjectCommand["input"], conflicts = 0): Promise<boolean> {
  const write = randomUUID();
  try {
    await bucket.client.send(new PutObjectCommand({ ...input, Metadata: { write }, IfNoneMatch: "*" }));
    return true;
  } catch (error) {
    const { name, $metadata } = error as S3ServiceException;
    if (name === "ConditionalRequestConflict" && conflicts < MAX_CONFLICTS) {
      return putIfAbsent(bucket, input, conflicts + 1);
    }
    if (name !== "PreconditionFailed") throw error;
    // If the response to an earlier try of the SDK was lost, the object that exists may be the one this call wrote.
    return ($metadata.attempts ?? 1) > 1 && (await head(bucket, input.Key!))?.Metadata?.write === write;
  }
}

async function get({ client, name }: Bucket, key: string): Promise<Blob | undefined> {
  if (!isKey(key)) return undefined;
  const object = await undefinedIfMissing(client.send(new GetObjectCommand({ Bucket: name, Key: key })));
  return object && { bytes: await object.Body!.transformToByteArray(), contentType: object.ContentType! };
}

async function head({ client, name }: Bucket, key: string) {
  return isKey(key) ? undefinedIfMissing(client.send(new HeadObjectCommand({ Bucket: name, Key: key }))) : undefined;
}

async function signUpload({ client, name }: Bucket, key: string, limits: Parameters<Blobs["signUpload"]>[1]) {
  const { contentType, maxBytes, seconds } = limits;
  checkKey(key);
  checkMediaType(contentType);
  checkSigned(seconds);
  const { url, fields } = await createPresignedPost(client, {
    Bucket: name,
    Key: key,
    Fields: { "Content-Type": contentType },
    Conditions: [["content-length-range", 1, maxBytes]],
    Expires: seconds,
  });
  // The SDK adds its estimate of the clock's error to the time.
  const { expiration } = JSON.parse(Buffer.from(fields.Policy!, "base64").toString());
  return { url, fields, expiresAt: Date.parse(expiration) };
}

/** In a deployment the bucket's lifecycle rules delete old objects, so nothing calls this there. */
async function forget({ client, name }: Bucket, prefix: string, before: number, limit: number): Promise<number> {
  let deleted = 0;
  for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: name, Prefix: prefix })) {
    const old = Contents.filter(({ LastModified }) => LastModified!.getTime() < before);
    const Objects = old.slice(0, Math.min(limit - deleted, BATCH)).map(({ Key }) => ({ Key }));
    if (Objects.length === 0) continue;
    const command = new DeleteObjectsCommand({ Bucket: name, Delete: { Objects, Quiet: true } });
    const { Errors = [] } = await client.send(command);
    deleted += Objects.length - Errors.length;
    if (deleted >= limit) break;
  }
  return deleted;
}

/** Without permission to list the bucket, S3 answers 403 for missing objects, which is not handled here. */
async function undefinedIfMissing<Out>(call: Promise<Out>): Promise<Out | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof NoSuchKey || error instanceof NotFound) return undefined;
    throw error;
  }
}
