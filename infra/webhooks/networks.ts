// Kinds of IP addresses, by IANA's registries of special-purpose addresses (RFC 6890 and its successors).
import { BlockList, isIP } from "node:net";
import { isInBlockList, isLoopback } from "../util/loopback.ts";

/** PUBLIC: globally reachable. OTHER: metadata services, multicast, translation, documentation and everything unknown. */
type AddressKind = "PUBLIC" | "LOOPBACK" | "PRIVATE" | "OTHER";

const PRIVATE = listOf("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7");

/** IPv4 is public except for these. */
const SPECIAL_IPV4 = listOf(
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/3",
);
/** IPv6 is public only within this network, IANA's global unicast, and outside of the exceptions. */
const GLOBAL_IPV6 = listOf("2000::/3");
const SPECIAL_IPV6 = listOf("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20");

export function addressKind(address: string): AddressKind {
  if (isLoopback(address)) return "LOOPBACK";
  if (isInBlockList(PRIVATE, address)) return "PRIVATE";
  const isPublic =
    isIP(address) === 4
      ? !isInBlockList(SPECIAL_IPV4, address)
      : isInBlockList(GLOBAL_IPV6, address) && !isInBlockList(SPECIAL_IPV6, address);
  return isPublic ? "PUBLIC" : "OTHER";
}

function listOf(...networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address, prefix] = network.split("/") as [string, string];
    list.addSubnet(address, Number(prefix), isIP(address) === 6 ? "ipv6" : "ipv4");
  }
  return list;
}
