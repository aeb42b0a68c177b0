import type { ReceivedPackets } from "../recovery/received-packets.ts";
import type { SentFrame } from "../recovery/sent-packets.ts";
import type { MtuSearch } from "./mtu-search.ts";

/** An ACK in a packet: once the peer has it, lower ranges need no repeating. */
export class SentAck implements SentFrame {
  readonly #received: ReceivedPackets;
  readonly #largest: number;

  constructor(received: ReceivedPackets, largest: number) {
    this.#received = received;
    this.#largest = largest;
  }

  onAcked(): void {
    this.#received.forgetBelow(this.#largest);
  }

  onLost(): void {}
}

/** A control frame that is written anew when its packet is lost. */
export class SentControl implements SentFrame {
  readonly #again: () => void;
  readonly #arrived: (() => void) | undefined;

  constructor(again: () => void, arrived?: () => void) {
    this.#again = again;
    this.#arrived = arrived;
  }

  onAcked(): void {
    this.#arrived?.();
  }

  onLost(): void {
    this.#again();
  }
}

/** A packet of a size that the path was not known to take. */
export class SentMtuProbe implements SentFrame {
  readonly #search: MtuSearch;
  readonly #bytes: number;

  constructor(search: MtuSearch, bytes: number) {
    this.#search = search;
    this.#bytes = bytes;
  }

  onAcked(): void {
    this.#search.onProbeAcked(this.#bytes);
  }

  onLost(): void {
    this.#search.onProbeLost(this.#bytes);
  }
}
