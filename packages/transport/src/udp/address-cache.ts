import { isIP } from "node:net";

import { formatAddress, type HostPort, parseAddress } from "./addresses.ts";

/** Addresses remembered either way; peers are few, but anybody can send from anywhere. */
const MAX_ADDRESSES = 4_096;

/**
 * Turns the addresses of a socket's datagrams into text and back. Every packet needs one or the
 * other, and all but the first from a sender get the very same string, which other maps then find
 * at once.
 */
export class AddressCache {
  readonly #family: 4 | 6;
  readonly #parsed: Map<string, HostPort> = new Map();
  /** By port: the last sender from there. */
  readonly #formatted: Map<number, { readonly host: string; readonly text: string }> = new Map();

  constructor(family: 4 | 6) {
    this.#family = family;
  }

  /** The text of an address as the socket reports it. */
  format(host: string, port: number): string {
    const known = this.#formatted.get(port);
    if (known !== undefined && known.host === host) return known.text;
    const text = formatAddress({ host, port });
    if (this.#formatted.size >= MAX_ADDRESSES) this.#formatted.clear();
    this.#formatted.set(port, { host, text });
    return text;
  }

  /** Where to send to; `undefined` where this socket cannot. */
  parse(text: string): HostPort | undefined {
    const known = this.#parsed.get(text);
    if (known !== undefined) return known;
    const parsed = parsedOrNone(text);
    if (parsed === undefined || isIP(parsed.host) !== this.#family || parsed.port === 0) {
      return undefined;
    }
    if (this.#parsed.size >= MAX_ADDRESSES) this.#parsed.clear();
    this.#parsed.set(text, parsed);
    return parsed;
  }
}

function parsedOrNone(text: string): HostPort | undefined {
  try {
    return parseAddress(text);
  } catch {
    return undefined;
  }
}
