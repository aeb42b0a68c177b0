import { isRelayAddress } from "../relay/relay-address.ts";

/** Hexadecimal groups of an IPv6 address, and how many of them name a network. */
const GROUPS = 8;
const NETWORK_GROUPS = 4;

/**
 * Whose share of our attention a handshake uses up. A source is what its packets claim to come
 * from: `host:port`, or `relay:<relay's node id>/<claimed node id>`. All ports of a host are one
 * host, and so are all addresses of an IPv6 network of 64 bits, which one machine may own, and all
 * whom one relay speaks for.
 */
export function hostOf(source: string): string {
  if (isRelayAddress(source)) return source.split("/", 1)[0] as string;
  const host = source.slice(0, Math.max(0, source.lastIndexOf(":")));
  return host.startsWith("[") ? networkOf(host.slice(1, -1)) : host;
}

/** The first 64 bits of an IPv6 address, however it was shortened. */
function networkOf(address: string): string {
  const [head = "", tail] = address.split("::");
  const groups = head === "" ? [] : head.split(":");
  if (tail !== undefined) {
    const rest = tail === "" ? [] : tail.split(":");
    while (groups.length + rest.length < GROUPS) groups.push("0");
    groups.push(...rest);
  }
  return `${groups.slice(0, NETWORK_GROUPS).join(":")}::/64`;
}
