// Where a webhook may go. A URL is somebody's input that our server opens, so it must not lead into our own network.
import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";
import { isLoopback, within } from "../util/loopback.ts";

/** Not the public internet: RFC 6890 and its successors, and the metadata service of the clouds within them. */
const PRIVATE: readonly (readonly [network: string, prefix: number])[] = [
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
for (const [network, prefix] of PRIVATE) blocked.addSubnet(network, prefix, isIP(network) === 6 ? "ipv6" : "ipv4");

export class ForbiddenAddress extends Error {}

export type Target = { readonly url: URL; readonly address: string; readonly family: 4 | 6 };

/**
 * What can be said of a webhook's URL before its name is looked up; undefined when nothing is wrong. `loopback`: whether
 * this machine is the owner's own. In a function on AWS, its loopback is the runtime's.
 */
export function problemOf(written: string, loopback = true): string | undefined {
  if (!URL.canParse(written)) return "is no URL";
  const url = new URL(written);
  if (url.username !== "" || url.password !== "") return "must not carry a user name or password";
  const host = bare(url.hostname);
  if (isLoopback(host) && loopback)
    return url.protocol === "http:" || url.protocol === "https:" ? undefined : "must begin with https://";
  if (url.protocol !== "https:") return "must begin with https://";
  return isLoopback(host) || within(blocked, host) ? "leads into a private network" : undefined;
}

/**
 * The address to connect to, looked up once so that it cannot change between the check and the connection.
 * Loopback is for a server on the owner's own machine and only allowed where the name says so and `loopback` lets it.
 * Throws ForbiddenAddress, or what the resolver throws.
 */
export async function resolve(written: string, loopback = true): Promise<Target> {
  const problem = problemOf(written, loopback);
  if (problem !== undefined) throw new ForbiddenAddress(`The webhook's URL ${problem}.`);
  const url = new URL(written);
  const host = bare(url.hostname);
  const named = loopback && isLoopback(host);
  const found = await lookup(host, { all: true, order: "ipv4first" });
  const allowed = found.find(({ address }) => (named ? isLoopback(address) : !within(blocked, address)));
  if (!allowed) throw new ForbiddenAddress("The webhook's host leads into a private network.");
  return { url, address: allowed.address, family: allowed.family === 6 ? 6 : 4 };
}

/** [::1] -> ::1 */
function bare(hostname: string): string {
  return hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
}
