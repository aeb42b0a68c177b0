import type { SentFrame } from "../recovery/sent-packets.ts";
import type { DatagramOutbound } from "./datagram-outbound.ts";
import type { ReliableOutbound } from "./reliable-outbound.ts";
import type { SendRange } from "./send-buffer.ts";

/** Bytes of a reliable stream in a packet. */
export class SentStreamRange implements SentFrame {
  readonly #outbound: ReliableOutbound;
  readonly #range: SendRange;

  constructor(outbound: ReliableOutbound, range: SendRange) {
    this.#outbound = outbound;
    this.#range = range;
  }

  onAcked(): void {
    this.#outbound.onAcked(this.#range);
  }

  onLost(): void {
    this.#outbound.onLost(this.#range);
  }
}

/** A fire-and-forget message in a packet. Its loss may be a guess, which an ACK corrects. */
export class SentDatagram implements SentFrame {
  readonly #outbound: DatagramOutbound;
  /** Offset of its first byte. */
  readonly #offset: number;
  /** Offset behind its last byte. */
  readonly #end: number;
  #countsAsLost = false;

  constructor(outbound: DatagramOutbound, offset: number, end: number) {
    this.#outbound = outbound;
    this.#offset = offset;
    this.#end = end;
  }

  onAcked(): void {
    this.#outbound.onAcked(this.#end, this.#countsAsLost ? 0 : this.#end - this.#offset);
  }

  onLost(): void {
    if (this.#countsAsLost) return;
    this.#countsAsLost = true;
    this.#outbound.onLost(this.#end, this.#end - this.#offset);
  }
}
