import {
  BASE_DATAGRAM_BYTES,
  DEFAULT_MAX_DATAGRAM_BYTES,
  RELAYED_DATAGRAM_BYTES,
} from "./defaults.ts";
import type { DatagramDriver } from "./driver.ts";
import { TransportError } from "./errors.ts";
import type { PeerProof } from "./handshake/proof.ts";
import { PACKET_OVERHEAD_BYTES } from "./packet/header.ts";
import { isRelayAddress, relayAddress, relayedNode } from "./relay/relay-address.ts";
import { RELAY_FRAME_OVERHEAD } from "./relay/relay-frames.ts";
import type { Relays } from "./relay/relays.ts";

/** Ways to others: those of the driver, and those through relays. */
export class Network {
  readonly #driver: DatagramDriver;
  readonly #relays: Relays;
  readonly #maxDatagramBytes: number | undefined;
  #datagramsSent = 0;
  #bytesSent = 0;

  /** `maxDatagramBytes`: what is not to be exceeded anywhere, if that was said. */
  constructor(driver: DatagramDriver, relays: Relays, maxDatagramBytes: number | undefined) {
    this.#driver = driver;
    this.#maxDatagramBytes = maxDatagramBytes;
    this.#relays = relays;
  }

  /** Datagrams handed to the driver. */
  get datagramsSent(): number {
    return this.#datagramsSent;
  }

  get bytesSent(): number {
    return this.#bytesSent;
  }

  /** Hands a datagram to the driver, or to a relay. */
  transmit(datagram: Uint8Array, to: string): void {
    const relayed = relayedNode(to);
    if (relayed !== undefined) {
      this.#relays.send(relayed, datagram);
      return;
    }
    this.#datagramsSent++;
    this.#bytesSent += datagram.length;
    this.#driver.send(datagram, to);
  }

  /** Where a peer may be reached, best first. */
  waysTo({ addresses, nodeId }: PeerProof): readonly string[] {
    const direct = addresses.filter((address) => !isRelayAddress(address));
    return this.#relays.hasRoute(nodeId) ? [...direct, relayAddress(nodeId)] : direct;
  }

  /** The largest datagram that may get to the address, in bytes. */
  maxDatagramBytesTo(address: string): number {
    const relayed = relayedNode(address);
    if (relayed === undefined) return this.#maxDirectBytesTo(address);
    const hop = this.#relays.nextHop(relayed)?.path ?? this.#driver.address;
    const inner = this.#maxDirectBytesTo(hop) - PACKET_OVERHEAD_BYTES - RELAY_FRAME_OVERHEAD;
    return Math.max(RELAYED_DATAGRAM_BYTES, inner);
  }

  /** Asks the system whether nobody listens at an address, where that can be asked. */
  async isRefused(address: string): Promise<boolean> {
    if (isRelayAddress(address)) return false;
    return (await this.#driver.probe?.(address)) === "refused";
  }

  /** Turns a dialable address into one for {@link transmit}. */
  async resolve(address: string): Promise<string> {
    try {
      return (await this.#driver.resolve?.(address)) ?? address;
    } catch (cause) {
      throw new TransportError("address", `cannot resolve "${address}"`, { cause });
    }
  }

  #maxDirectBytesTo(address: string): number {
    const { maxDatagramBytes } = this.#driver;
    const likely = this.#driver.pathMtu?.(address);
    const limit = this.#maxDatagramBytes ?? likely ?? DEFAULT_MAX_DATAGRAM_BYTES;
    return Math.max(BASE_DATAGRAM_BYTES, Math.min(limit, likely ?? limit, maxDatagramBytes));
  }
}
