// This machine, by its names: what may come in without a key, and the one private place a webhook may go to.
import { BlockList, isIP } from "node:net";

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/** An address without brackets, or "localhost"; other names are nobody's until they are looked up. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || within(loopback, host);
}

/** False for what is no address. */
export function within(list: BlockList, address: string): boolean {
  const family = isIP(address);
  // BlockList looks into IPv4 addresses that are written as IPv6 (::ffff:10.0.0.1) by itself.
  return family > 0 && list.check(address, family === 6 ? "ipv6" : "ipv4");
}
