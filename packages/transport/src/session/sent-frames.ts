import type { ReceivedPackets } from "../recovery/received-packets.ts";
import type { SentFrame } from "../recovery/sent-packets.ts";
import type { SendRange } from "../stream/send-buffer.ts";
import type { Stream } from "../stream/stream.ts";
import type { MtuSearch } from "./mtu-search.ts";

/** Stream bytes in a packet. */
export class SentStreamRange implements SentFrame {
  readonly #stream: Stream;
  readonly #range: SendRange;

  constructor(stream: Stream, range: SendRange) {
    this.#stream = stream;
    this.#range = range;
  }

  onAcked(): void {
    this.#stream.onRangeAcked(this.#range);
  }

  onLost(): void {
    this.#stream.onRangeLost(this.#range);
  }
}

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

  constructor(again: () => void) {
    this.#again = again;
  }

  onAcked(): void {}

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
