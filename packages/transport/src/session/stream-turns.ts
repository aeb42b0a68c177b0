import { LEAST_URGENT } from "../stream/priority.ts";
import type { StreamCore } from "../stream/stream-core.ts";

/** One packet of this many begins with the least urgent stream that waits. */
const FAIR_EVERY_PACKETS = 16;

/**
 * The streams with something to send: the most urgent first, in turn within one urgency. So that
 * no stream starves for ever behind more urgent ones, one packet in sixteen begins with the least
 * urgent.
 */
export class StreamTurns {
  /** One queue per urgency. */
  readonly #levels: readonly StreamCore[][] = Array.from({ length: LEAST_URGENT + 1 }, () => []);
  /** Bit n is set while level n has streams. */
  #occupied = 0;
  #packets = 0;
  #isFairTurn = false;

  get isEmpty(): boolean {
    return this.#occupied === 0;
  }

  add(stream: StreamCore): void {
    if (stream.queued) return;
    stream.queued = true;
    this.#level(stream.priority).push(stream);
    this.#occupied |= 1 << stream.priority;
  }

  /** A packet is about to be filled. */
  beginPacket(): void {
    this.#packets = (this.#packets + 1) % FAIR_EVERY_PACKETS;
    this.#isFairTurn = this.#packets === 0;
  }

  /** Takes the stream out whose turn it is. */
  take(): StreamCore | undefined {
    if (this.#occupied === 0) return undefined;
    const lowestBit = this.#occupied & -this.#occupied;
    const urgency = 31 - Math.clz32(this.#isFairTurn ? this.#occupied : lowestBit);
    this.#isFairTurn = false;
    const level = this.#level(urgency);
    const stream = level.shift();
    if (level.length === 0) this.#occupied &= ~(1 << urgency);
    if (stream !== undefined) stream.queued = false;
    return stream;
  }

  /** Puts streams back whose turn it still is: what they have did not fit. */
  putBack(streams: readonly StreamCore[]): void {
    for (const stream of streams.toReversed()) {
      if (stream.queued) continue;
      stream.queued = true;
      this.#level(stream.priority).unshift(stream);
      this.#occupied |= 1 << stream.priority;
    }
  }

  /** A waiting stream's priority was `from` until now. */
  onPriority(stream: StreamCore, from: number): void {
    const level = this.#level(from);
    const at = level.indexOf(stream);
    if (at < 0) return;
    level.splice(at, 1);
    if (level.length === 0) this.#occupied &= ~(1 << from);
    stream.queued = false;
    this.add(stream);
  }

  #level(urgency: number): StreamCore[] {
    return this.#levels[urgency] as StreamCore[];
  }
}
