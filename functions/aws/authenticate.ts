// Authenticates callers by API key, or by a token of the configured OpenID Connect issuer.
import { type ApiKey, authenticateKey, type KeyStore } from "../../infra/auth/api-keys.ts";
import type { Issuer } from "../../infra/auth/oidc.ts";
import type { Clock } from "../../infra/ports.ts";
import { memoizeAsync } from "../../infra/util/memoize-async.ts";
import type { Viewer } from "../../schema/index.ts";

type Authentication = {
  readonly keys: Pick<KeyStore, "find">;
  readonly oidc: Issuer | undefined;
  /** Maximum pictures in flight of callers with a token. */
  readonly quota: number;
  readonly clock: Clock;
};

/** Identifies a caller without credentials: enough to check later whether access is still allowed, and useless otherwise. */
export type Caller =
  | { readonly type: "KEY"; readonly owner: string; readonly id: string }
  | { readonly type: "TOKEN"; readonly owner: string; readonly until: number };

/** The caller's current rights; undefined once the key is revoked or the token has expired. */
export type FindViewer = (caller: Caller) => Promise<Viewer | undefined>;

export type Authenticator = {
  /** For a request that is answered at once. */
  authenticate(headers: Headers): Promise<Viewer | undefined>;
  /** For a connection, which outlives the request's headers. */
  identify(headers: Headers): Promise<Caller | undefined>;
  readonly findViewer: FindViewer;
};

export function createAuthenticator({ keys, oidc, quota, clock }: Authentication): Authenticator {
  // Loaded at the first token: most deployments have API keys only.
  const tokenVerifier = oidc && memoizeAsync(() => openTokenVerifier(oidc));
  const authenticateCaller = async (headers: Headers): Promise<{ caller: Caller; viewer: Viewer } | undefined> => {
    const authorization = headers.get("authorization");
    const key = await authenticateKey(keys, authorization);
    if (key) return { caller: { type: "KEY", owner: key.owner, id: key.id }, viewer: toViewer(key) };
    const token = await (await tokenVerifier?.())?.(authorization);
    return token && { caller: { type: "TOKEN", ...token }, viewer: { owner: token.owner, quota } };
  };
  return {
    authenticate: async (headers) => (await authenticateCaller(headers))?.viewer,
    identify: async (headers) => (await authenticateCaller(headers))?.caller,
    findViewer: async (caller) => {
      if (caller.type === "TOKEN") return clock.now() < caller.until ? { owner: caller.owner, quota } : undefined;
      const key = await keys.find(caller.id);
      return key && toViewer(key);
    },
  };
}

async function openTokenVerifier(oidc: Issuer) {
  return (await import("../../infra/auth/oidc.ts")).createTokenVerifier(oidc);
}

function toViewer({ owner, quota }: ApiKey): Viewer {
  return { owner, quota };
}

/** Looks up each caller only once. For the duration of one event. */
export function memoized(findViewer: FindViewer): FindViewer {
  const found = new Map<string, ReturnType<FindViewer>>();
  return (caller) => {
    const key = JSON.stringify(caller);
    const viewer = found.get(key) ?? findViewer(caller);
    found.set(key, viewer);
    return viewer;
  };
}
