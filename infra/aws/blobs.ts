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
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { checkKey, checkMediaType, checkSigned, isKey } from "../limits.ts";
import type { Blobs } from "../ports.ts";

/** As often a conditional put is made again when S3 says that another one of the same key was under way. */
const CONFLICTS = 5;
/** Keys that one DeleteObjects takes. */
const BATCH = 1_000;

export function awsBlobs(client: S3Client, bucket: string): Blobs {
  const head = async (key: string) =>
    isKey(key) ? found(client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }))) : undefined;

  const putIfAbsent = async (put: PutObjectCommand["input"], conflicts = 0): Promise<boolean> => {
    const write = randomUUID();
    try {
      await client.send(new PutObjectCommand({ ...put, Metadata: { write }, IfNoneMatch: "*" }));
      return true;
    } catch (error) {
      const { name, $metadata } = error as S3ServiceException;
      if (name === "ConditionalRequestConflict" && conflicts < CONFLICTS) return putIfAbsent(put, conflicts + 1);
      if (name !== "PreconditionFailed") throw error;
      // The answer to an earlier try may have been lost; then what is there is what that one put.
      return ($metadata.attempts ?? 1) > 1 && (await head(put.Key!))?.Metadata?.write === write;
    }
  };

  return {
    put: async (key, { bytes, contentType }, { ifAbsent = false } = {}) => {
      checkKey(key);
      checkMediaType(contentType);
      const put = { Bucket: bucket, Key: key, Body: bytes, ContentType: contentType };
      if (ifAbsent) return putIfAbsent(put);
      await client.send(new PutObjectCommand(put));
      return true;
    },
    get: async (key) => {
      if (!isKey(key)) return undefined;
      const object = await found(client.send(new GetObjectCommand({ Bucket: bucket, Key: key })));
      return object && { bytes: await object.Body!.transformToByteArray(), contentType: object.ContentType! };
    },
    head: async (key) => {
      const about = await head(key);
      return about && { bytes: about.ContentLength!, contentType: about.ContentType! };
    },
    remove: async (key) => {
      if (isKey(key)) await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
    },
    signGet: async (key, seconds) => {
      checkKey(key);
      checkSigned(seconds);
      // The signature counts from a whole second.
      const signingDate = new Date(Math.floor(Date.now() / 1000) * 1000);
      const get = new GetObjectCommand({
        Bucket: bucket,
        Key: key,
        ResponseCacheControl: "private, max-age=3600",
        ResponseContentDisposition: `inline; filename="${key.slice(key.lastIndexOf("/") + 1)}"`,
      });
      const url = await getSignedUrl(client, get, { expiresIn: seconds, signingDate });
      return { url, expiresAt: signingDate.getTime() + seconds * 1000 };
    },
    signUpload: async (key, { contentType, maxBytes, seconds }) => {
      checkKey(key);
      checkMediaType(contentType);
      checkSigned(seconds);
      const now = Math.floor(Date.now() / 1000) * 1000;
      const { url, fields } = await createPresignedPost(client, {
        Bucket: bucket,
        Key: key,
        Fields: { "Content-Type": contentType },
        Conditions: [["content-length-range", 1, maxBytes]],
        Expires: seconds,
      });
      return { url, fields, expiresAt: now + seconds * 1000 };
    },
    // What is old goes by the bucket's lifecycle rules without this being called.
    forget: async (prefix, before, limit) => {
      let gone = 0;
      for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix })) {
        const old = Contents.filter(({ LastModified }) => LastModified!.getTime() < before);
        const Objects = old.slice(0, Math.min(limit - gone, BATCH)).map(({ Key }) => ({ Key }));
        if (Objects.length === 0) continue;
        const deletion = { Bucket: bucket, Delete: { Objects, Quiet: true } };
        const { Errors = [] } = await client.send(new DeleteObjectsCommand(deletion));
        gone += Objects.length - Errors.length;
        if (gone >= limit) break;
      }
      return gone;
    },
  };
}

/** Undefined where there is no such object. Without the right to list the bucket, S3 says 403 in place of that. */
async function found<Out>(call: Promise<Out>): Promise<Out | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof NoSuchKey || error instanceof NotFound) return undefined;
    throw error;
  }
}
