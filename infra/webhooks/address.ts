// Where a webhook may be sent. The URL is user input that our server opens, so it must not lead into a private network.
import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";
import { isInBlockList, isLoopback } from "../util/loopback.ts";

/** Networks outside the public internet: RFC 6890 and its successors. They include the clouds' metadata services. */
const PRIVATE_NETWORKS: readonly (readonly [network: string, prefix: number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
  ["::", 128],
  ["::1", 128],
  ["64:ff9b::", 96],
  ["64:ff9b:1::", 48],
  ["100::", 64],
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["fc00::", 7],
  ["fe80::", 10],
  ["ff00::", 8],
];

const blocked = new BlockList();
for (const [network, prefix] of PRIVATE_NETWORKS)
  blocked.addSubnet(network, prefix, isIP(network) === 6 ? "ipv6" : "ipv4");

export class ForbiddenAddress extends Error {}

type Target = { readonly url: URL; readonly address: string; readonly family: 4 | 6 };

/**
 * Checks a webhook's URL before its host is resolved. Returns the problem, as the end of a sentence, or undefined.
 * `loopback` allows this machine as the target; on AWS that would be the function's own runtime.
 */
export function webhookUrlProblem(written: string, loopback = true): string | undefined {
  if (!URL.canParse(written)) return "is no URL";
  const url = new URL(written);
  if (url.username !== "" || url.password !== "") return "must not carry a user name or password";
  const host = stripBrackets(url.hostname);
  if (isLoopback(host) && loopback)
    return url.protocol === "http:" || url.protocol === "https:" ? undefined : "must begin with https://";
  if (url.protocol !== "https:") return "must begin with https://";
  return isLoopback(host) || isInBlockList(blocked, host) ? "leads into a private network" : undefined;
}

/**
 * Returns the address to connect to. It is resolved only once, so it cannot change between the check and the connection.
 * A loopback address is accepted only if `loopback` is true and the URL names this machine. Throws ForbiddenAddress, or
 * an error of the resolver.
 */
export async function resolve(written: string, loopback = true): Promise<Target> {
  const problem = webhookUrlProblem(written, loopback);
  if (problem !== undefined) throw new ForbiddenAddress(`The webhook's URL ${problem}.`);
  const url = new URL(written);
  const host = stripBrackets(url.hostname);
  const named = loopback && isLoopback(host);
  const found = await lookup(host, { all: true, order: "ipv4first" });
  const allowed = found.find(({ address }) => (named ? isLoopback(address) : !isInBlockList(blocked, address)));
  if (!allowed) throw new ForbiddenAddress("The webhook's host leads into a private network.");
  return { url, address: allowed.address, family: allowed.family === 6 ? 6 : 4 };
}

/** [::1] -> ::1 */
function stripBrackets(hostname: string): string {
  return hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
}
