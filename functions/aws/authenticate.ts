// Who may come in: with an API key, or with a token of the issuer that the owner of this service trusts.
import { type KeyStore, keyOf } from "../../infra/api-keys.ts";
import { type Issuer, tokenReader } from "../../infra/oidc.ts";
import type { Viewer } from "../../schema/index.ts";

export type Authentication = {
  readonly keys: Pick<KeyStore, "find">;
  readonly oidc: Issuer | undefined;
  /** Of who comes with a token. */
  readonly quota: number;
};

export function authenticator({
  keys,
  oidc,
  quota,
}: Authentication): (headers: Headers) => Promise<Viewer | undefined> {
  const ownerOf = oidc && tokenReader(oidc);
  return async (headers) => {
    const authorization = headers.get("authorization");
    const key = await keyOf(keys, authorization);
    if (key) return { owner: key.owner, quota: key.quota };
    const owner = await ownerOf?.(authorization);
    return owner === undefined ? undefined : { owner, quota };
  };
}
