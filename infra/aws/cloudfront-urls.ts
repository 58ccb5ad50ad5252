// URLs that CloudFront serves until they expire: its signed URLs with a canned policy.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-creating-signed-url-canned-policy.html
import { createPrivateKey, sign } from "node:crypto";
import { checkKey, signedPeriod } from "../limits.ts";
import type { Blobs, Clock } from "../ports.ts";
import { memoizeAsync } from "../util/memoize-async.ts";

type CloudFront = {
  /** Origin of the distribution, such as "https://d111111abcdef8.cloudfront.net". */
  readonly origin: string;
  /** CloudFront's id of the public key. */
  readonly keyId: string;
  /** The private key of RSA (PEM). RSA gives equal URLs equal signatures, which ECDSA does not. */
  readonly privateKey: () => Promise<string>;
  readonly clock: Clock;
};

export function cloudFrontUrls({ origin, keyId, privateKey, clock }: CloudFront): Blobs["signGet"] {
  const openKey = memoizeAsync(async () => createPrivateKey(await privateKey()));
  return async (key, seconds) => {
    checkKey(key);
    const { until } = signedPeriod(clock.now(), seconds);
    const url = `${origin}/${key}`;
    // The policy that CloudFront derives from the URL, character by character.
    const policy = `{"Statement":[{"Resource":"${url}","Condition":{"DateLessThan":{"AWS:EpochTime":${until}}}}]}`;
    const signature = urlSafe(sign("sha256", Buffer.from(policy), await openKey()));
    const query = `Expires=${until}&Signature=${signature}&Key-Pair-Id=${keyId}&Hash-Algorithm=SHA256`;
    return { url: `${url}?${query}`, expiresAt: until * 1000 };
  };
}

/** CloudFront's own replacements for the characters of base64 that URLs cannot hold. */
function urlSafe(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64").replaceAll("+", "-").replaceAll("=", "_").replaceAll("/", "~");
}
