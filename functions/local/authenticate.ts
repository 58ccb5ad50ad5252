// Authenticates callers by API key. While there are no keys, every caller on this machine is accepted.
import { authenticateKey, type KeyStore } from "../../infra/auth/api-keys.ts";
import type { LocalSettings } from "../../infra/config/env.ts";
import { isLoopback } from "../../infra/util/loopback.ts";
import type { Viewer } from "../../schema/index.ts";

export class UnsafeExposureError extends Error {}

/** Owner of the jobs of callers without a key. */
const OPEN_OWNER = "local";

export type Authenticator = {
  readonly open: boolean;
  readonly authenticate: (headers: Headers) => Promise<Viewer | undefined>;
};

/** Throws UnsafeExposureError if the server could be reached from the network without a key, directly or through a proxy. */
export async function createAuthenticator(keys: KeyStore, { host, url, quota }: LocalSettings): Promise<Authenticator> {
  const loopback = isLoopback(host) && (url === undefined || isLoopbackHost(new URL(url).host));
  const open = (await keys.list()).length === 0;
  if (open && !loopback) {
    const where = isLoopback(host) ? `UNCLIP_URL=${url}` : `HOST=${host}`;
    throw new UnsafeExposureError(
      `${where} exposes the server to the network, and there are no API keys. Create one first: unclip keys create`,
    );
  }
  return {
    open,
    authenticate: async (headers) => {
      const key = await authenticateKey(keys, headers.get("authorization"));
      if (key) return { owner: key.owner, quota: key.quota };
      // Once keys exist, which may be created while the server runs, they are required.
      if ((await keys.list()).length > 0) return undefined;
      const isLocal = loopback && isLoopbackHost(headers.get("host")) && !isForwarded(headers);
      return isLocal ? { owner: OPEN_OWNER, quota, unlimited: true } : undefined;
    },
  };
}

/** Headers that proxies add. A request that came through one may come from anywhere. */
const FORWARDED = /^(forwarded|via|x-forwarded(-.+)?|x-original-.+|x-real-ip|cdn-loop|cf-.+|(.+-)?client-ip)$/;

function isForwarded(headers: Headers): boolean {
  return Array.from(headers, ([name]) => name.toLowerCase()).some((name) => FORWARDED.test(name));
}

/** A page that resolves its own name to this machine (DNS rebinding) still sends that name as Host. */
function isLoopbackHost(header: string | null): boolean {
  const name = header?.replace(/:\d+$/, "") ?? "";
  return isLoopback(name.replace(/^\[(.*)\]$/, "$1"));
}
