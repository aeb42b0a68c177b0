import type { ByteWriter } from "../packet/bytes-io.ts";
import { OffsetRanges } from "./offset-ranges.ts";
import { SendQueue } from "./send-queue.ts";

/** A stretch of stream bytes to put into one frame. */
export interface SendRange {
  readonly offset: number;
  readonly length: number;
  /** The stream ends with this range. */
  readonly fin: boolean;
}

/** The sending half of a stream's bytes: what is queued, sent, lost and acknowledged. */
export class SendBuffer {
  readonly #queue = new SendQueue();
  /** Everything below is acknowledged. */
  #acked = 0;
  /** The first offset never sent. */
  #next = 0;
  /** The peer takes bytes below this offset. */
  #limit: number;
  /** Both exist only once a packet was lost or overtaken; most streams never see that. */
  #ackedAbove: OffsetRanges | undefined;
  #lost: OffsetRanges | undefined;
  #fin: "open" | "queued" | "sent" | "acked" = "open";

  constructor(initialLimit: number) {
    this.#limit = initialLimit;
  }

  /** The peer allows no further byte, or bytes already queued wait for its permission. */
  get isFull(): boolean {
    return this.#queue.end >= this.#limit;
  }

  get isEnded(): boolean {
    return this.#fin !== "open";
  }

  /** Everything, the end included, was acknowledged. */
  get isDone(): boolean {
    return this.#fin === "acked" && this.#acked === this.#queue.end;
  }

  /** Bytes that left at least once. */
  get sentBytes(): number {
    return this.#next;
  }

  /** Bytes that never left. */
  get queuedBytes(): number {
    return this.#queue.end - this.#next;
  }

  /** Bytes that left, from the first that is not acknowledged on. */
  get unackedBytes(): number {
    return this.#next - this.#acked;
  }

  /** Bytes that may still be queued. */
  get windowLeftBytes(): number {
    return Math.max(0, this.#limit - this.#queue.end);
  }

  /** Whether {@link take} would return something. */
  get hasWork(): boolean {
    return (
      (this.#lost !== undefined && !this.#lost.isEmpty) ||
      this.#next < Math.min(this.#queue.end, this.#limit) ||
      (this.#fin === "queued" && this.#next === this.#queue.end)
    );
  }

  /** Queues a number in `length` bytes, little-endian. */
  pushNumber(value: number, length: number): void {
    this.#queue.pushNumber(value, length);
  }

  /** Queues bytes, which belong to the buffer from now on. */
  push(bytes: Uint8Array): void {
    this.#queue.push(bytes);
  }

  /** Ends the stream behind what is queued. */
  end(): void {
    if (this.#fin === "open") this.#fin = "queued";
  }

  /** Raises the limit; answers whether that let something go on. Lower values are old news. */
  allow(limit: number): boolean {
    if (limit <= this.#limit) return false;
    const wasFull = this.isFull;
    this.#limit = limit;
    return wasFull;
  }

  /** The next range to send, at most `room` bytes of data: first what was lost, then new bytes. */
  take(room: number): SendRange | undefined {
    const lost = room > 0 ? this.#takeLost(room) : undefined;
    if (lost !== undefined) return lost;
    const length = Math.min(room, Math.min(this.#queue.end, this.#limit) - this.#next);
    if (length <= 0 && !(this.#fin === "queued" && this.#next === this.#queue.end))
      return undefined;
    const offset = this.#next;
    this.#next += Math.max(0, length);
    return this.#range(offset, Math.max(0, length));
  }

  /** Copies a range out of the queued bytes. */
  copy({ offset, length }: SendRange, out: ByteWriter): void {
    this.#queue.copy(offset, length, out);
  }

  onAcked({ offset, length, fin }: SendRange): void {
    if (fin) this.#fin = "acked";
    if (offset <= this.#acked) {
      this.#acked = Math.max(this.#acked, offset + length);
      if (this.#ackedAbove !== undefined) {
        this.#acked = this.#ackedAbove.takeFrom(this.#acked);
      }
    } else {
      this.#ackedAbove ??= new OffsetRanges();
      this.#ackedAbove.add(offset, offset + length);
    }
    this.#queue.release(this.#acked);
    this.#forgetRepaired();
  }

  onLost({ offset, length, fin }: SendRange): void {
    if (fin && this.#fin === "sent") this.#fin = "queued";
    if (offset + length <= this.#acked) return;
    this.#lost ??= new OffsetRanges();
    this.#lost.add(Math.max(offset, this.#acked), offset + length);
    this.#forgetRepaired();
  }

  /** What was lost and has not been acknowledged since. */
  #takeLost(room: number): SendRange | undefined {
    for (;;) {
      const lost = this.#lost?.shift(room);
      if (lost === undefined) return undefined;
      const { from, to } = this.#missing(lost);
      if (to < lost.to) this.#lost?.add(to, lost.to);
      if (from < to) return this.#range(from, to - from);
    }
  }

  /** What counts as lost begins with something that another packet has not brought since. */
  #forgetRepaired(): void {
    for (;;) {
      const lost = this.#lost?.shift(Number.POSITIVE_INFINITY);
      if (lost === undefined) return;
      const { from, to } = this.#missing(lost);
      if (from >= to) continue;
      this.#lost?.add(from, lost.to);
      return;
    }
  }

  /** The first stretch of a range that was not acknowledged; empty if all of it was. */
  #missing(range: { readonly from: number; readonly to: number }): {
    readonly from: number;
    readonly to: number;
  } {
    const from = Math.max(range.from, this.#acked);
    return this.#ackedAbove?.gapFrom(from, range.to) ?? { from, to: range.to };
  }

  #range(offset: number, length: number): SendRange {
    const fin =
      this.#fin !== "open" && this.#fin !== "acked" && offset + length === this.#queue.end;
    if (fin) this.#fin = "sent";
    return { offset, length, fin };
  }
}
