// Who may come in: with an API key, or with a token of the issuer that the owner of this service trusts.
import { type ApiKey, type KeyStore, keyOf } from "../../infra/auth/api-keys.ts";
import { type Issuer, tokenReader } from "../../infra/auth/oidc.ts";
import type { Clock } from "../../infra/ports.ts";
import type { Viewer } from "../../schema/index.ts";

export type Authentication = {
  readonly keys: Pick<KeyStore, "find">;
  readonly oidc: Issuer | undefined;
  /** Of who comes with a token. */
  readonly quota: number;
  readonly clock: Clock;
};

/** Who came in, without what they showed: enough to ask later whether they still may, and of no use to anybody else. */
export type Caller =
  | { readonly type: "KEY"; readonly id: string }
  | { readonly type: "TOKEN"; readonly owner: string; readonly until: number };

/** As it is now: undefined once the key is revoked or the token has expired. */
export type ViewerOf = (caller: Caller) => Promise<Viewer | undefined>;

export type Authenticator = {
  /** For what is answered at once. */
  authenticate(headers: Headers): Promise<Viewer | undefined>;
  /** For what outlives the headers. */
  recognize(headers: Headers): Promise<Caller | undefined>;
  readonly viewerOf: ViewerOf;
};

export function createAuthenticator({ keys, oidc, quota, clock }: Authentication): Authenticator {
  const read = oidc && tokenReader(oidc);
  const known = async (headers: Headers): Promise<{ caller: Caller; viewer: Viewer } | undefined> => {
    const authorization = headers.get("authorization");
    const key = await keyOf(keys, authorization);
    if (key) return { caller: { type: "KEY", id: key.id }, viewer: bearerOf(key) };
    const token = await read?.(authorization);
    return token && { caller: { type: "TOKEN", ...token }, viewer: { owner: token.owner, quota } };
  };
  return {
    authenticate: async (headers) => (await known(headers))?.viewer,
    recognize: async (headers) => (await known(headers))?.caller,
    viewerOf: async (caller) => {
      if (caller.type === "TOKEN") return clock.now() < caller.until ? { owner: caller.owner, quota } : undefined;
      const key = await keys.find(caller.id);
      return key && bearerOf(key);
    },
  };
}

function bearerOf({ owner, quota }: ApiKey): Viewer {
  return { owner, quota };
}

/** The same, asking once about each caller: for what is done in one go. */
export function memoized(viewerOf: ViewerOf): ViewerOf {
  const known = new Map<string, ReturnType<ViewerOf>>();
  return (caller) => {
    const name = JSON.stringify(caller);
    const viewer = known.get(name) ?? viewerOf(caller);
    known.set(name, viewer);
    return viewer;
  };
}
