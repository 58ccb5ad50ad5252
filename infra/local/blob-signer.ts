// Signs URLs and upload tickets (HMAC-SHA256). They are valid without an API key until they expire.
import { createHmac } from "node:crypto";
import { checkKey, checkMediaType, checkSigned, signedPeriod } from "../limits.ts";
import type { Clock, UploadTicket } from "../ports.ts";
import { isEqualConstantTime } from "../util/is-equal-constant-time.ts";

type UploadLimits = { readonly contentType: string; readonly maxBytes: number; readonly seconds: number };

/** What a valid ticket allows. */
type Allowed = { readonly key: string; readonly contentType: string; readonly maxBytes: number };

type Refused = { readonly refused: "SignatureDoesNotMatch" | "AccessDenied"; readonly message: string };

export type BlobSigner = {
  /** Path of the blobs, on any host: "/blobs". */
  readonly path: string;
  url(key: string, seconds: number): { readonly url: string; readonly expiresAt: number };
  /** Why this query does not give access to the key; undefined if it does. */
  refusal(key: string, query: URLSearchParams): Refused | undefined;
  ticket(key: string, limits: UploadLimits): UploadTicket;
  /** Checks the fields of an upload form. */
  allowed(fields: ReadonlyMap<string, string>): Allowed | Refused;
};

type Policy = {
  readonly expiration: string;
  readonly conditions: readonly [
    { readonly key: string },
    { readonly "Content-Type": string },
    readonly ["content-length-range", number, number],
  ];
};

type SignerOptions = { readonly secret: Uint8Array; readonly baseUrl: string; readonly clock: Clock };

export function blobSigner({ secret, baseUrl, clock }: SignerOptions): BlobSigner {
  const root = new URL("blobs", baseUrl.endsWith("/") ? baseUrl : `${baseUrl}/`);
  // The purpose is part of the signed text, so a URL's signature is not valid for a ticket.
  const sign = (purpose: "read" | "upload", text: string) =>
    createHmac("sha256", secret).update(`${purpose}\n${text}`).digest("hex");
  const expiry = (seconds: number) => Math.ceil(clock.now() / 1000) + seconds;

  return {
    path: root.pathname,
    url: (key, seconds) => {
      checkKey(key);
      const { until: expires } = signedPeriod(clock.now(), seconds);
      const signature = sign("read", `${expires}\n${key}`);
      return { url: `${root}/${key}?expires=${expires}&signature=${signature}`, expiresAt: expires * 1000 };
    },
    refusal: (key, query) => {
      const expires = query.get("expires") ?? "";
      if (!isEqualConstantTime(query.get("signature") ?? "", sign("read", `${expires}\n${key}`))) return FORGED;
      return clock.now() < Number(expires) * 1000 ? undefined : denied("The URL has expired");
    },
    ticket: (key, { contentType, maxBytes, seconds }) => {
      checkKey(key);
      checkMediaType(contentType);
      checkSigned(seconds);
      const expiresAt = expiry(seconds) * 1000;
      const conditions: Policy["conditions"] = [
        { key },
        { "Content-Type": contentType },
        ["content-length-range", 1, maxBytes],
      ];
      const policy = encode({ expiration: new Date(expiresAt).toISOString(), conditions });
      const fields = { key, "Content-Type": contentType, policy, signature: sign("upload", policy) };
      return { url: root.href, fields, expiresAt };
    },
    allowed: (fields) => {
      const policy = fields.get("policy") ?? "";
      if (!isEqualConstantTime(fields.get("signature") ?? "", sign("upload", policy))) return FORGED;
      const { expiration, conditions } = decode(policy);
      const [{ key }, { "Content-Type": contentType }, [, , maxBytes]] = conditions;
      if (clock.now() >= Date.parse(expiration)) return denied("The policy has expired");
      if (fields.get("key") !== key) return denied("The policy is for another key");
      if (fields.get("Content-Type") !== contentType) return denied("The policy is for another Content-Type");
      if (fields.size !== FIELDS) return denied("The form has fields that the policy does not know");
      return { key, contentType, maxBytes };
    },
  };
}

/** Number of a form's fields: key, Content-Type, policy, signature. */
const FIELDS = 4;
const FORGED: Refused = { refused: "SignatureDoesNotMatch", message: "The signature does not match" };

function denied(message: string): Refused {
  return { refused: "AccessDenied", message };
}

function encode(policy: Policy): string {
  return Buffer.from(JSON.stringify(policy)).toString("base64");
}

/** Only for policies whose signature was checked, which are valid JSON. */
function decode(policy: string): Policy {
  return JSON.parse(Buffer.from(policy, "base64").toString());
}
