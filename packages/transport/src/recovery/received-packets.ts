import { type ByteReader, type ByteWriter, varintLength } from "../packet/bytes-io.ts";
import { FrameType } from "../packet/frames.ts";
import { ProtocolViolation } from "../packet/protocol-violation.ts";

/** Ranges remembered and sent; older gaps are forgotten, their packets count as lost. */
export const MAX_ACK_RANGES = 32;

/** Packet numbers `first` to `last`, both inclusive. */
export interface PacketRange {
  first: number;
  last: number;
}

/** The packet numbers received, as merged ranges, highest first: what ACK frames report. */
export class ReceivedPackets {
  readonly #ranges: PacketRange[] = [];

  get largest(): number {
    return this.#ranges[0]?.last ?? -1;
  }

  /** Records a number; answers whether it left or closed a gap (then an ACK is due at once). */
  add(packetNumber: number): boolean {
    const ranges = this.#ranges;
    const top = ranges[0];
    if (top !== undefined && packetNumber === top.last + 1) {
      top.last = packetNumber;
      return false;
    }
    if (top === undefined || packetNumber > top.last) {
      ranges.unshift({ first: packetNumber, last: packetNumber });
      if (ranges.length > MAX_ACK_RANGES) ranges.pop();
      return packetNumber > 0;
    }
    for (let i = 0; i < ranges.length; i++) {
      const range = ranges[i] as PacketRange;
      const below = ranges[i + 1];
      if (packetNumber >= range.first) return true;
      if (packetNumber === range.first - 1) {
        range.first = packetNumber;
        if (below !== undefined && below.last === packetNumber - 1) {
          range.first = below.first;
          ranges.splice(i + 1, 1);
        }
        return true;
      }
      if (below !== undefined && packetNumber === below.last + 1) {
        below.last = packetNumber;
        return true;
      }
      if (below === undefined || packetNumber > below.last) {
        ranges.splice(i + 1, 0, { first: packetNumber, last: packetNumber });
        if (ranges.length > MAX_ACK_RANGES) ranges.pop();
        return true;
      }
    }
    return true;
  }

  /** Forgets what lies below: the peer knows that we have those. */
  forgetBelow(packetNumber: number): void {
    const ranges = this.#ranges;
    while (ranges.length > 1 && (ranges.at(-1) as PacketRange).last < packetNumber) ranges.pop();
  }

  /**
   * Writes an ACK frame (RFC 9000 §19.3, plus our event-loop delay) with as many ranges as fit in
   * `room` bytes; answers the largest number reported, or -1 if not even one range fits.
   */
  writeAck(out: ByteWriter, room: number, ackDelayMs: number, loopDelayMs: number): number {
    const top = this.#ranges[0];
    if (top === undefined || room < MIN_ACK_ROOM) return -1;
    const delay = Math.round(ackDelayMs * 8);
    let left = room - MIN_ACK_ROOM;
    let count = 0;
    for (let i = 1; i < this.#ranges.length; i++) {
      const above = this.#ranges[i - 1] as PacketRange;
      const range = this.#ranges[i] as PacketRange;
      left -= varintLength(above.first - range.last - 2) + varintLength(range.last - range.first);
      if (left < 0) break;
      count++;
    }
    out.u8(FrameType.ack);
    out.varint(top.last);
    out.varint(delay);
    out.varint(Math.round(loopDelayMs));
    out.varint(count);
    out.varint(top.last - top.first);
    for (let i = 1; i <= count; i++) {
      const above = this.#ranges[i - 1] as PacketRange;
      const range = this.#ranges[i] as PacketRange;
      out.varint(above.first - range.last - 2);
      out.varint(range.last - range.first);
    }
    return top.last;
  }
}

/** Type, four varints of up to 8 bytes and the range count. */
const MIN_ACK_ROOM = 34;

/** A decoded ACK frame. */
export interface AckFrame {
  readonly largest: number;
  readonly ackDelayMs: number;
  /** The peer's recent event-loop delay, in milliseconds. */
  readonly loopDelayMs: number;
  /** Highest first. */
  readonly ranges: readonly PacketRange[];
}

/** Reads an ACK frame behind its type byte. */
export function readAck(reader: ByteReader): AckFrame {
  const largest = reader.varint();
  const ackDelayMs = reader.varint() / 8;
  const loopDelayMs = reader.varint();
  const count = reader.varint();
  if (count >= MAX_ACK_RANGES) throw new ProtocolViolation("ack-ranges");
  let first = largest - reader.varint();
  if (first < 0) throw new ProtocolViolation("ack-ranges");
  const ranges: PacketRange[] = [{ first, last: largest }];
  for (let i = 0; i < count; i++) {
    const last = first - reader.varint() - 2;
    first = last - reader.varint();
    if (first < 0) throw new ProtocolViolation("ack-ranges");
    ranges.push({ first, last });
  }
  return { largest, ackDelayMs, loopDelayMs, ranges };
}
