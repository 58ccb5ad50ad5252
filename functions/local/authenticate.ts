// Who may come in: with a key, or, as long as there are no keys and nobody but this machine can reach us, anybody.
import { type KeyStore, keyOf } from "../../infra/auth/api-keys.ts";
import type { LocalSettings } from "../../infra/config/env.ts";
import { isLoopback } from "../../infra/util/loopback.ts";
import type { Viewer } from "../../schema/index.ts";

export class UnsafeExposureError extends Error {}

/** Whose jobs they are while there are no keys. */
const OPEN_OWNER = "local";

export type Authenticator = {
  readonly open: boolean;
  readonly authenticate: (headers: Headers) => Promise<Viewer | undefined>;
};

/** Throws NotSafe when the network could come in without a key: directly, or by a proxy that has a name of its own. */
export async function createAuthenticator(keys: KeyStore, { host, url, quota }: LocalSettings): Promise<Authenticator> {
  const loopback = isLoopback(host) && (url === undefined || isLoopbackHost(new URL(url).host));
  const open = (await keys.list()).length === 0;
  if (open && !loopback) {
    const where = isLoopback(host) ? `UNCLIP_URL=${url}` : `HOST=${host}`;
    throw new UnsafeExposureError(
      `${where} lets others in, and there are no API keys: make one first, with "unclip keys create"`,
    );
  }
  return {
    open,
    authenticate: async (headers) => {
      const key = await keyOf(keys, headers.get("authorization"));
      if (key) return { owner: key.owner, quota: key.quota };
      // Keys may have been made since: from then on they are needed.
      if ((await keys.list()).length > 0) return undefined;
      const near =
        loopback && isLoopbackHost(headers.get("host")) && !headers.has("x-forwarded-for") && !headers.has("forwarded");
      return near ? { owner: OPEN_OWNER, quota } : undefined;
    },
  };
}

/** A page that had its own name point here (DNS rebinding) still sends that name. */
function isLoopbackHost(header: string | null): boolean {
  const name = header?.replace(/:\d+$/, "") ?? "";
  return isLoopback(name.replace(/^\[(.*)\]$/, "$1"));
}
