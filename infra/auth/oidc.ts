// Who comes with a JSON Web Token of an OpenID Connect issuer.
import { createHash } from "node:crypto";
import { createRemoteJWKSet, errors, type JWTVerifyGetKey, jwtVerify } from "jose";
import { memoizeAsync } from "../util/memoize-async.ts";

export type Issuer = { readonly issuer: string; readonly audience: string };

/** Signatures by a key that only the issuer has; what it shares with others would let them make tokens. */
const ALGORITHMS = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
];
/** By how much clocks may differ. */
const TOLERANCE_SECONDS = 5;
const TIMEOUT_MS = 5_000;
/** Begins the owner of every subject. */
const PREFIX = "sub.";

/** Whose jobs the bearer of a token sees, and until when (ms since 1970, exclusive) it lets them in. */
export type TokenBearer = { readonly owner: string; readonly until: number };

/**
 * Who is behind `Authorization: Bearer <token>`; undefined for none, and for a token that is forged, expired or meant
 * for somebody else. Rejects when the issuer's keys cannot be had. They are fetched when first needed, and again, at most
 * twice a minute, for a token with a key of another name: issuers change them.
 */
export function tokenReader({
  issuer,
  audience,
}: Issuer): (authorization: string | null) => Promise<TokenBearer | undefined> {
  const keys = memoizeAsync(() => keysOf(issuer));
  return async (authorization) => {
    const token = /^Bearer (\S+)$/i.exec(authorization?.trim() ?? "")?.[1];
    // Three parts: what is none is not worth a question to the issuer.
    if (token?.split(".").length !== 3) return undefined;
    const wanted = { issuer, audience, algorithms: ALGORITHMS, requiredClaims: ["exp", "sub"] };
    try {
      const { payload } = await jwtVerify(token, await keys(), { ...wanted, clockTolerance: TOLERANCE_SECONDS });
      if (!payload.sub) return undefined;
      return { owner: ownerOf(payload.sub), until: (payload.exp! + TOLERANCE_SECONDS) * 1000 };
    } catch (error) {
      if (isTheTokens(error)) return undefined;
      throw error;
    }
  };
}

/**
 * No two subjects have the same. Always a hash: a subject is what its issuer, or whoever signs up there, calls it, and must
 * not become the owner of somebody's API key by its name.
 */
export function ownerOf(subject: string): string {
  return `${PREFIX}${createHash("sha256").update(subject).digest("base64url")}`;
}

async function keysOf(issuer: string): Promise<JWTVerifyGetKey> {
  const about = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const response = await fetch(about, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: "error" });
  if (!response.ok) throw new Error(`${about} answers ${response.status}`);
  const { jwks_uri: address } = (await response.json()) as { readonly jwks_uri?: unknown };
  if (typeof address !== "string" || !URL.canParse(address)) throw new Error(`${about} names no jwks_uri`);
  return createRemoteJWKSet(new URL(address), { timeoutDuration: TIMEOUT_MS });
}

/** Whether it is the token's fault: anything else is ours, or the issuer's. */
function isTheTokens(error: unknown): boolean {
  const kinds = [
    errors.JWTExpired,
    errors.JWTClaimValidationFailed,
    errors.JWTInvalid,
    errors.JWSInvalid,
    errors.JWSSignatureVerificationFailed,
    errors.JOSEAlgNotAllowed,
    errors.JOSENotSupported,
    errors.JWKSNoMatchingKey,
    errors.JWKSMultipleMatchingKeys,
  ];
  return kinds.some((kind) => error instanceof kind);
}
