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
  readonly bytes: number;
  /** What it counts against window and budget. */
  readonly cost: number;
  readonly frames: readonly SentFrame[];
  /** It asks whether the path takes its size: that it does not arrive says nothing of congestion. */
  readonly isMtuProbe: boolean;
}

/** Settled packets at the front of the list before it is cut. */
const CUT_AFTER = 256;

/** The ack-eliciting packets in flight, in the order of sending. */
export class SentPackets {
  /** Ascending by number; what was acknowledged or lost leaves a hole until the front is cut. */
  #packets: (SentPacket | undefined)[] = [];
  /** The numbers of `#packets`, holes included. */
  #numbers: number[] = [];
  /** Everything before is a hole. */
  #head = 0;
  #count = 0;
  #bytesInFlight = 0;
  #largestAcked = -1;

  get bytesInFlight(): number {
    return this.#bytesInFlight;
  }

  get count(): number {
    return this.#count;
  }

  get largestAcked(): number {
    return this.#largestAcked;
  }

  /** Adds a packet; numbers ascend. */
  add(packet: SentPacket): void {
    this.#packets.push(packet);
    this.#numbers.push(packet.number);
    this.#count++;
    this.#bytesInFlight += packet.cost;
  }

  /** The packets that wait longest for their acknowledgement, up to `count`. */
  oldest(count: number): SentPacket[] {
    const oldest: SentPacket[] = [];
    for (let at = this.#head; at < this.#packets.length && oldest.length < count; at++) {
      const packet = this.#packets[at];
      if (packet !== undefined) oldest.push(packet);
    }
    return oldest;
  }

  /** Removes and returns what the ranges newly acknowledge, highest number first. */
  acknowledge(largest: number, ranges: readonly PacketRange[]): SentPacket[] {
    this.#largestAcked = Math.max(this.#largestAcked, largest);
    const acked: SentPacket[] = [];
    for (const { first, last } of ranges) {
      for (let at = this.#upperBound(last) - 1; at >= this.#head; at--) {
        if ((this.#numbers[at] as number) < first) break;
        const packet = this.#packets[at];
        if (packet !== undefined) acked.push(this.#settle(at, packet));
      }
    }
    this.#cut();
    return acked;
  }

  /**
   * Removes and returns the packets that count as lost: three or more numbers below an
   * acknowledged one, or sent `lossDelayMs` before now and below it. `nextLossAt` is when the next
   * of those that remain would be; `longestRunMs` the longest time between packets of which
   * everything sent in between was lost too (RFC 9002 §7.6.2).
   */
  detectLost(
    now: number,
    lossDelayMs: number,
  ): {
    readonly lost: readonly SentPacket[];
    readonly nextLossAt: number | undefined;
    readonly longestRunMs: number;
  } {
    const lost: SentPacket[] = [];
    let longestRunMs = 0;
    let runFrom: number | undefined;
    let nextLossAt: number | undefined;
    const end = this.#upperBound(this.#largestAcked);
    for (let at = this.#head; at < end; at++) {
      const packet = this.#packets[at];
      if (packet === undefined) {
        runFrom = undefined;
        continue;
      }
      if (
        packet.number <= this.#largestAcked - PACKET_THRESHOLD ||
        packet.sentAt + lossDelayMs <= now
      ) {
        lost.push(this.#settle(at, packet));
        if (packet.isMtuProbe) continue;
        runFrom ??= packet.sentAt;
        longestRunMs = Math.max(longestRunMs, packet.sentAt - runFrom);
      } else {
        runFrom = undefined;
        nextLossAt ??= packet.sentAt + lossDelayMs;
      }
    }
    this.#cut();
    return { lost, nextLossAt, longestRunMs };
  }

  /** Forgets everything without a word to the frames: the session is over. */
  clear(): void {
    this.#packets = [];
    this.#numbers = [];
    this.#head = 0;
    this.#count = 0;
    this.#bytesInFlight = 0;
  }

  /** Index of the first packet with a number above `number`. */
  #upperBound(number: number): number {
    let low = this.#head;
    let high = this.#numbers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#numbers[middle] as number) <= number) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #settle(at: number, packet: SentPacket): SentPacket {
    this.#packets[at] = undefined;
    this.#count--;
    this.#bytesInFlight -= packet.cost;
    return packet;
  }

  #cut(): void {
    while (this.#head < this.#packets.length && this.#packets[this.#head] === undefined) {
      this.#head++;
    }
    if (this.#head < CUT_AFTER) return;
    this.#packets = this.#packets.slice(this.#head);
    this.#numbers = this.#numbers.slice(this.#head);
    this.#head = 0;
  }
}
