import type { PacketRange } from "./received-packets.ts";

/** Reordering tolerated before a packet counts as lost, RFC 9002 §6.1.1. */
export const PACKET_THRESHOLD = 3;

/**
 * The least that a packet counts against window and budget: a kernel charges every datagram for
 * its bookkeeping, so many small ones fill a socket buffer as surely as few large ones.
 */
export const MIN_PACKET_COST_BYTES = 1_152;

/** What a packet carried that matters once it is acknowledged or lost. */
export interface SentFrame {
  onAcked(): void;
  onLost(): void;
}

/** One ack-eliciting packet in flight. */
export interface SentPacket {
  readonly number: number;
  readonly sentAt: number;
  readonly cost: number;
  readonly frames: readonly SentFrame[];
}

/** The ack-eliciting packets in flight, in the order of sending. */
export class SentPackets {
  readonly #packets: Map<number, SentPacket> = new Map();
  #bytesInFlight = 0;
  #largestAcked = -1;

  get bytesInFlight(): number {
    return this.#bytesInFlight;
  }

  get count(): number {
    return this.#packets.size;
  }

  get largestAcked(): number {
    return this.#largestAcked;
  }

  add(packet: SentPacket): void {
    this.#packets.set(packet.number, packet);
    this.#bytesInFlight += packet.cost;
  }

  /** The packet that waits longest for its acknowledgement. */
  oldest(): SentPacket | undefined {
    for (const packet of this.#packets.values()) return packet;
    return undefined;
  }

  /** Removes and returns what the ranges newly acknowledge, highest number first. */
  acknowledge(largest: number, ranges: readonly PacketRange[]): SentPacket[] {
    this.#largestAcked = Math.max(this.#largestAcked, largest);
    const acked: SentPacket[] = [];
    for (const { first, last } of ranges) {
      if (last - first < 2 * this.#packets.size) {
        for (let number = last; number >= first; number--) {
          const packet = this.#packets.get(number);
          if (packet !== undefined) acked.push(packet);
        }
      } else {
        for (const packet of this.#packets.values()) {
          if (packet.number >= first && packet.number <= last) acked.push(packet);
        }
      }
    }
    for (const packet of acked) this.#remove(packet);
    return acked;
  }

  /**
   * Removes and returns the packets that count as lost: three or more numbers below an
   * acknowledged one, or sent `lossDelayMs` before now and below it. `nextLossAt` is when the next
   * of those that remain would be.
   */
  detectLost(
    now: number,
    lossDelayMs: number,
  ): { readonly lost: readonly SentPacket[]; readonly nextLossAt: number | undefined } {
    const lost: SentPacket[] = [];
    let nextLossAt: number | undefined;
    for (const packet of this.#packets.values()) {
      if (packet.number > this.#largestAcked) break;
      if (
        packet.number <= this.#largestAcked - PACKET_THRESHOLD ||
        packet.sentAt + lossDelayMs <= now
      ) {
        lost.push(packet);
      } else {
        nextLossAt ??= packet.sentAt + lossDelayMs;
      }
    }
    for (const packet of lost) this.#remove(packet);
    return { lost, nextLossAt };
  }

  /** Forgets everything without a word to the frames: the session is over. */
  clear(): void {
    this.#packets.clear();
    this.#bytesInFlight = 0;
  }

  #remove(packet: SentPacket): void {
    this.#packets.delete(packet.number);
    this.#bytesInFlight -= packet.cost;
  }
}
