import { generateKeyPair, SignJWT } from "jose";
import { expect, test } from "vitest";
import { isOwner } from "../../../infra/auth/api-keys.ts";
import { createTokenVerifier, ownerFromSubject } from "../../../infra/auth/oidc.ts";
import { startIssuer } from "../../support/aws/oidc-issuer.ts";

const AUDIENCE = "unclip";

async function begin() {
  const issuer = await startIssuer();
  const read = createTokenVerifier({ issuer: issuer.issuer, audience: AUDIENCE });
  return { issuer, read: (token: string) => read(`Bearer ${token}`), readHeader: read };
}

test("a valid token of the issuer is accepted, and the issuer's keys are fetched once", async () => {
  const { issuer, read } = await begin();
  const before = Math.floor(Date.now() / 1000);
  const ada = await read(await issuer.token({ expires: 600 }));
  expect(ada!.owner).toBe(ownerFromSubject("ada"));
  // Let in for as long as a new look at the token would let it in.
  const seconds = ada!.until / 1000 - before;
  expect(seconds).toBeGreaterThanOrEqual(605);
  expect(seconds).toBeLessThan(665);
  expect(await read(await issuer.token({ sub: "bob" }))).toMatchObject({ owner: ownerFromSubject("bob") });
  expect(issuer.requests).toEqual(["/.well-known/openid-configuration", "/keys"]);
});

test.each([
  ["is expired", { expires: -60 }],
  ["never expires", { expires: undefined }],
  ["is meant for another service", { audience: "elsewhere" }],
  ["is another issuer's", { issuer: "https://issuer.example" }],
  ["has an empty subject", { sub: "" }],
  ["has a number for a subject", { sub: 1 }],
  ["has an object for a subject", { sub: {} }],
  ["has a list for a subject", { sub: ["ada"] }],
  ["has a subject that is not Unicode", { sub: "ada\ud800" }],
])("a token that %s is refused", async (_, claims) => {
  const { issuer, read } = await begin();
  expect(await read(await issuer.token(claims))).toBeUndefined();
});

test("a token that is unsigned, or signed by another or a public key, is refused", async () => {
  const { issuer, read } = await begin();
  const claims = () =>
    new SignJWT({}).setIssuer(issuer.issuer).setAudience(AUDIENCE).setSubject("ada").setExpirationTime("1m");
  const { privateKey } = await generateKeyPair("ES256");
  expect(await read(await claims().setProtectedHeader({ alg: "ES256", kid: "one" }).sign(privateKey))).toBeUndefined();
  const shared = new TextEncoder().encode("what everybody knows, long enough for HS256");
  expect(await read(await claims().setProtectedHeader({ alg: "HS256", kid: "one" }).sign(shared))).toBeUndefined();
  const [, body] = (await issuer.token()).split(".");
  const none = Buffer.from('{"alg":"none"}').toString("base64url");
  expect(await read(`${none}.${body}.`)).toBeUndefined();
  const [head, , signature] = (await issuer.token()).split(".");
  const other = Buffer.from(JSON.stringify({ sub: "root" })).toString("base64url");
  expect(await read(`${head}.${other}.${signature}`)).toBeUndefined();
});

test("text that is not a token leads to no request to the issuer", async () => {
  const { issuer, read, readHeader } = await begin();
  for (const header of [null, "", "Basic YTpi", "Bearer"]) expect(await readHeader(header)).toBeUndefined();
  for (const text of ["unclip_00000000_0", "a.b", "a.b.c.d"]) expect(await read(text)).toBeUndefined();
  expect(issuer.requests).toEqual([]);
});

test("an unreachable issuer is an error, and is tried again", async () => {
  const { issuer, read } = await begin();
  issuer.break(true);
  await expect(read(await issuer.token())).rejects.toThrow("returned HTTP 500");
  issuer.break(false);
  expect(await read(await issuer.token())).toMatchObject({ owner: ownerFromSubject("ada") });
});

test("different subjects lead to different owners", () => {
  const subjects = ["ada", "auth0|5f7c8ec7c33c6c004bbafe82", "", "..", "ü", "a".repeat(64), "a".repeat(65), "A/b"];
  const named = [...subjects, ...subjects.map(ownerFromSubject)];
  const owners = named.map(ownerFromSubject);
  expect(owners.filter((owner) => !isOwner(owner))).toEqual([]);
  expect(new Set(owners).size).toBe(named.length);
  // A subject that is called like the owner of a key, or of another subject, does not become that owner.
  for (const subject of named) expect(ownerFromSubject(subject)).not.toBe(subject);
});
