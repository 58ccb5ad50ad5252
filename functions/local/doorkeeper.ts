// Who may come in: with a key, or, as long as there are no keys and nobody but this machine can reach us, anybody.
import { type KeyStore, keyOf } from "../../infra/api-keys.ts";
import type { Viewer } from "../../schema/index.ts";

export class NotSafe extends Error {}

/** Whose jobs they are while there are no keys. */
const OPEN_OWNER = "local";

export type Doorkeeper = {
  readonly open: boolean;
  readonly authenticate: (headers: Headers) => Promise<Viewer | undefined>;
};

/** Throws NotSafe when the network could come in without a key. */
export async function doorkeeper(keys: KeyStore, host: string, quota: number): Promise<Doorkeeper> {
  const loopback = isLoopback(host);
  const open = (await keys.list()).length === 0;
  if (open && !loopback) {
    throw new NotSafe(
      `HOST=${host} lets others in, and there are no API keys: make one first, with "unclip keys create"`,
    );
  }
  return {
    open,
    authenticate: async (headers) => {
      const key = await keyOf(keys, headers.get("authorization"));
      if (key) return { owner: key.owner, quota: key.quota };
      // Keys may have been made since: from then on they are needed.
      if ((await keys.list()).length > 0) return undefined;
      return loopback && isLoopbackHost(headers.get("host")) ? { owner: OPEN_OWNER, quota } : undefined;
    },
  };
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** A page that had its own name point here (DNS rebinding) still sends that name. */
function isLoopbackHost(header: string | null): boolean {
  const name = header?.replace(/:\d+$/, "") ?? "";
  return isLoopback(name.replace(/^\[(.*)\]$/, "$1"));
}
