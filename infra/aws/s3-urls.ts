// URLs that S3 serves until they expire, or until the credentials that signed them do.
import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { checkKey, signedPeriod } from "../limits.ts";
import type { Blobs } from "../ports.ts";

export type Signer = {
  readonly client: S3Client;
  /** When the client's credentials expire, in milliseconds since 1970; undefined for permanent ones. */
  readonly expiresAt?: number | undefined;
};

/** `signer` is called for each URL. */
export function s3Urls(bucket: string, signer: () => Promise<Signer>): Blobs["signGet"] {
  return async (key, seconds) => {
    checkKey(key);
    const { from, until } = signedPeriod(Date.now(), seconds);
    const command = new GetObjectCommand({
      Bucket: bucket,
      Key: key,
      ResponseCacheControl: "private, max-age=3600",
      ResponseContentDisposition: `inline; filename="${key.slice(key.lastIndexOf("/") + 1)}"`,
    });
    const { client, expiresAt = Number.POSITIVE_INFINITY } = await signer();
    const period = { signingDate: new Date(from * 1000), expiresIn: until - from };
    return { url: await getSignedUrl(client, command, period), expiresAt: Math.min(until * 1000, expiresAt) };
  };
}
