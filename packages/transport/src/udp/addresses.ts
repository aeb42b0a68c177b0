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
 * @throws `TransportError` with kind `address`.
 */
export function parseAddress(address: string): HostPort {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(address);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > 65_535 || (match?.[1] !== undefined && isIP(host) !== 6)) {
    throw new TransportError(
      "address",
      `expected host:port with IPv6 in brackets, got "${address.slice(0, 300)}"`,
    );
  }
  return { host, port };
}

/** Puts `host:port` together. */
export function formatAddress({ host, port }: HostPort): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
