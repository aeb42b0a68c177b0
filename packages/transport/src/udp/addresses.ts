import { isIP } from "node:net";

import { TransportError } from "../errors.ts";

/** The two parts of `host:port`. */
export interface HostPort {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
}

/**
 * Takes `host:port` apart; an IPv6 host stands in brackets.
 *
 * @throws `TransportError` with kind `address`; TypeError for what is no text.
 */
export function parseAddress(address: string): HostPort {
  if (typeof address !== "string") {
    throw new TypeError(`an address must be a text of the form host:port, got ${String(address)}`);
  }
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(address);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > 65_535 || (match?.[1] !== undefined && isIP(host) !== 6)) {
    throw new TransportError(
      "address",
      `expected host:port with IPv6 in brackets and a port up to 65535, got "${address.slice(0, 300)}"`,
    );
  }
  return { host, port };
}

/** Puts `host:port` together. */
export function formatAddress({ host, port }: HostPort): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
