// An issuer of OpenID Connect on the loopback: its description, its keys, its tokens.
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { serve } from "../serve.ts";

type Claims = {
  readonly sub?: unknown;
  readonly audience?: string;
  readonly issuer?: string;
  /** Seconds from now. */
  readonly expires?: number | undefined;
};

export async function startIssuer() {
  const keys = new Map<string, Awaited<ReturnType<typeof generateKeyPair>>>();
  let broken = false;
  const requests: string[] = [];
  const issuer: string = await serve(async ({ url }, response) => {
    requests.push(url!);
    if (broken) return void response.writeHead(500).end();
    if (url === "/.well-known/openid-configuration") {
      return void response.end(JSON.stringify({ issuer, jwks_uri: `${issuer}/keys` }));
    }
    const published = [...keys].map(async ([kid, { publicKey }]) => ({ ...(await exportJWK(publicKey)), kid }));
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ keys: await Promise.all(published) }));
  });
  const addKey = async (kid: string) => void keys.set(kid, await generateKeyPair("ES256"));
  await addKey("one");

  return {
    issuer,
    requests,
    addKey,
    break: (how: boolean) => {
      broken = how;
    },
    token: async (claims: Claims = {}, kid = "one") => {
      const { sub = "ada", audience = "unclip", issuer: of = issuer } = claims;
      const token = new SignJWT({ ...(typeof sub !== "string" && { sub: sub as string }) })
        .setProtectedHeader({ alg: "ES256", kid })
        .setIssuer(of)
        .setAudience(audience);
      if (typeof sub === "string" && sub !== "") token.setSubject(sub);
      const { expires = 60 } = claims;
      if (!("expires" in claims) || claims.expires !== undefined)
        token.setExpirationTime(Math.floor(Date.now() / 1000) + expires);
      return token.sign(keys.get(kid)!.privateKey);
    },
  };
}
