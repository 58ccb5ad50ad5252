// Where a webhook may be sent. The URL is user input that our server opens, so it leads to the public internet unless the
// operator allows more.
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { isLoopback } from "../util/loopback.ts";
import { addressKind } from "./networks.ts";

/** public: the public internet only. loopback: this machine too, by its loopback names. private: also private networks. */
export const WEBHOOK_NETWORKS = ["public", "loopback", "private"] as const;
export type WebhookNetworks = (typeof WEBHOOK_NETWORKS)[number];

/** On public hosts, other ports belong to other protocols. */
const PUBLIC_PORTS = ["", "443", "8443"];

export class ForbiddenAddress extends Error {}

type Target = { readonly url: URL; readonly address: string; readonly family: 4 | 6 };

/** Checks a webhook's URL before its host is resolved. Returns the problem, as the end of a sentence, or undefined. */
export function webhookUrlProblem(written: string, networks: WebhookNetworks = "public"): string | undefined {
  if (!URL.canParse(written)) return "is no URL";
  const url = new URL(written);
  const { protocol, username, password, port } = url;
  if (username !== "" || password !== "") return "must not carry a user name or password";
  const host = hostOf(url);
  const isAddress = isLoopback(host) || isIP(host) > 0;
  if (isAddress && !isAllowed(host, networks)) return "leads into a private network";
  // The addresses of other hosts are known only when the webhook is sent.
  const mayBePrivate = isAddress ? addressKind(host) !== "PUBLIC" : networks === "private";
  if (protocol !== "https:" && !(mayBePrivate && protocol === "http:")) return "must begin with https://";
  return mayBePrivate ? undefined : portProblem(port);
}

/**
 * Returns the address to connect to. It is resolved only once, so it cannot change between the check and the connection.
 * Throws ForbiddenAddress, or an error of the resolver.
 */
export async function resolve(written: string, networks: WebhookNetworks = "public"): Promise<Target> {
  const problem = webhookUrlProblem(written, networks);
  if (problem !== undefined) throw new ForbiddenAddress(`The webhook's URL ${problem}.`);
  const url = new URL(written);
  const host = hostOf(url);
  const found = await lookup(host, { all: true, order: "ipv4first" });
  // A public name that resolves to loopback is an attack (DNS rebinding), so the URL itself must name this machine.
  const allowed = found.find(({ address }) =>
    isLoopback(host) ? isLoopback(address) : !isLoopback(address) && isAllowed(address, networks),
  );
  if (!allowed) throw new ForbiddenAddress("The webhook's host leads into a private network.");
  const { address, family } = allowed;
  const isPublic = addressKind(address) === "PUBLIC";
  if (isPublic && url.protocol !== "https:") throw new ForbiddenAddress("The webhook's URL must begin with https://.");
  const port = isPublic ? portProblem(url.port) : undefined;
  if (port !== undefined) throw new ForbiddenAddress(`The webhook's URL ${port}.`);
  return { url, address, family: family === 6 ? 6 : 4 };
}

function isAllowed(host: string, networks: WebhookNetworks): boolean {
  const kind = addressKind(host);
  if (kind === "LOOPBACK") return networks !== "public";
  return kind === "PUBLIC" || (kind === "PRIVATE" && networks === "private");
}

function portProblem(port: string): string | undefined {
  return PUBLIC_PORTS.includes(port) ? undefined : "must use port 443 or 8443";
}

/** Without the brackets of [::1]. */
function hostOf({ hostname }: URL): string {
  return hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
}
