// Authentication by JSON Web Tokens of an OpenID Connect issuer.
import { createHash } from "node:crypto";
import { createRemoteJWKSet, errors, type JWTVerifyGetKey, jwtVerify } from "jose";
import { memoizeAsync } from "../util/memoize-async.ts";
import { isWellFormed } from "../util/well-formed.ts";

export type Issuer = { readonly issuer: string; readonly audience: string };

/** Asymmetric algorithms only. With a shared secret, everyone who can verify a token could also forge one. */
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
/** Allowed clock skew. */
const TOLERANCE_SECONDS = 5;
const TIMEOUT_MS = 5_000;
/** Prefix of every owner that is derived from a subject. */
const PREFIX = "sub.";

/** The owner whose jobs the token gives access to, and when it expires (ms since 1970, exclusive). */
type TokenBearer = { readonly owner: string; readonly until: number };

/**
 * Creates a function that verifies `Authorization: Bearer <token>`. It resolves to undefined if there is no token or it is
 * forged, expired or meant for another audience, and rejects if the issuer's keys cannot be fetched. Keys are fetched at
 * first use, and again, at most twice a minute, when a token names an unknown key, because issuers rotate keys.
 */
export function createTokenVerifier({
  issuer,
  audience,
}: Issuer): (authorization: string | null) => Promise<TokenBearer | undefined> {
  const keys = memoizeAsync(() => fetchKeys(issuer));
  return async (authorization) => {
    const token = /^Bearer (\S+)$/i.exec(authorization?.trim() ?? "")?.[1];
    // A JWT has three parts. Anything else is not worth a request to the issuer.
    if (token?.split(".").length !== 3) return undefined;
    const wanted = { issuer, audience, algorithms: ALGORITHMS, requiredClaims: ["exp", "sub"] };
    try {
      const { payload } = await jwtVerify(token, await keys(), { ...wanted, clockTolerance: TOLERANCE_SECONDS });
      // jose checks that the claim exists, not its type.
      if (typeof payload.sub !== "string" || payload.sub === "" || !isWellFormed(payload.sub)) return undefined;
      return { owner: ownerFromSubject(payload.sub), until: (payload.exp! + TOLERANCE_SECONDS) * 1000 };
    } catch (error) {
      if (isInvalidToken(error)) return undefined;
      throw error;
    }
  };
}

/**
 * Distinct for distinct subjects. Always a hash: issuers, or people who sign up there, choose their subjects, so a subject
 * used as it is could equal the owner of an API key.
 */
export function ownerFromSubject(subject: string): string {
  return `${PREFIX}${createHash("sha256").update(subject).digest("base64url")}`;
}

async function fetchKeys(issuer: string): Promise<JWTVerifyGetKey> {
  const configurationUrl = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const response = await fetch(configurationUrl, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: "error" });
  if (!response.ok) throw new Error(`${configurationUrl} returned HTTP ${response.status}`);
  const { jwks_uri: address } = (await response.json()) as { readonly jwks_uri?: unknown };
  if (typeof address !== "string" || !URL.canParse(address)) throw new Error(`${configurationUrl} has no jwks_uri`);
  return createRemoteJWKSet(new URL(address), { timeoutDuration: TIMEOUT_MS });
}

/** Whether the token is at fault. Any other error is an error of the service or of the issuer. */
function isInvalidToken(error: unknown): boolean {
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
