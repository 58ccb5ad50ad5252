// Loopback addresses: callers that may connect without a key, and targets of webhooks where the operator allows it.
import { BlockList, isIP } from "node:net";

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/** Takes an address without brackets, or a host name. Of host names only "localhost" counts. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || isInBlockList(loopback, host);
}

/** False if `address` is not an IP address. */
export function isInBlockList(list: BlockList, address: string): boolean {
  const family = isIP(address);
  // BlockList itself handles IPv4 addresses written as IPv6 (::ffff:10.0.0.1).
  return family > 0 && list.check(address, family === 6 ? "ipv6" : "ipv4");
}
