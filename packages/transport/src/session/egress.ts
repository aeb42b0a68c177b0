import { ByteWriter } from "../packet/bytes-io.ts";
import { FrameType, STREAM_FRAME_OVERHEAD } from "../packet/frames.ts";
import type { ReceivedPackets } from "../recovery/received-packets.ts";
import type { SentFrame } from "../recovery/sent-packets.ts";
import type { Stream } from "../stream/stream.ts";
import { SentAck, SentControl, SentStreamRange } from "./sent-frames.ts";

/** What a frame adds to a small message, about. */
const FRAME_ESTIMATE_BYTES = 6;
/** The smallest piece of a stream worth a frame of its own at the end of a packet. */
const MIN_FRAGMENT_BYTES = 16;

/** The most that may wait of frames that are said once, in bytes. */
const MAX_LOOSE_BYTES = 262_144;

/** A frame that is written anew, as things stand then, until the peer has it. */
export interface ControlFrame {
  /** The most that {@link write} writes. */
  readonly maxBytes: number;
  write(out: ByteWriter): void;
  /** Its packet was lost: say it again, if it still matters. */
  onLost(): void;
}

/** A frame that is said once, whether it arrives or not. */
export interface LooseFrame {
  /** What {@link write} writes, type included. */
  readonly bytes: number;
  write(out: ByteWriter): void;
  onLost?(): void;
}

/** A reset that the peer must hear of. */
interface Reset {
  readonly id: number;
  readonly code: number;
  readonly notStarted: boolean;
}

/** The two delays that an ACK reports, in milliseconds. */
export interface AckDelays {
  /** For how long the ACK was held back. */
  readonly ackDelayMs: number;
  /** By how much our event loop was late recently. */
  readonly loopDelayMs: number;
}

/** What a filled payload holds. */
export interface Payload {
  readonly length: number;
  readonly frames: readonly SentFrame[];
  /** It must be acknowledged. */
  readonly eliciting: boolean;
}

/**
 * What a session has to say, and in which order it goes into packets: acknowledgements, control,
 * then streams in turn, one piece each, so that a bulk transfer never starves a small call.
 */
export class Egress {
  readonly #received: ReceivedPackets;
  readonly #writer: ByteWriter;
  #sendable: Stream[] = [];
  #credits: Stream[] = [];
  #resets: Reset[] = [];
  #control: ControlFrame[] = [];
  #loose: LooseFrame[] = [];
  #looseBytes = 0;
  #looseFirst = true;
  #maxStreams: number | undefined;
  #goaway: number | undefined;
  #pings = 0;
  #waitingBytes = 0;

  constructor(received: ReceivedPackets, scratch: Uint8Array) {
    this.#received = received;
    this.#writer = new ByteWriter(scratch);
  }

  /** Whether anything but acknowledgements waits to be sent. */
  hasWork(): boolean {
    return (
      this.#pings > 0 ||
      this.#resets.length > 0 ||
      this.#control.length > 0 ||
      this.#loose.length > 0 ||
      this.#credits.length > 0 ||
      this.#maxStreams !== undefined ||
      this.#goaway !== undefined ||
      this.#sendable.length > 0
    );
  }

  /** Resets not sent yet, or to be sent again. */
  get waitingResets(): number {
    return this.#resets.length;
  }

  /** Bytes of streams that wait to be sent, about; at least a packet's worth need not wait longer. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  wantsToSend(stream: Stream, newBytes: number): void {
    if (newBytes > 0) this.#waitingBytes += newBytes + FRAME_ESTIMATE_BYTES;
    if (stream.queued) return;
    stream.queued = true;
    this.#sendable.push(stream);
  }

  wantsCredit(stream: Stream): void {
    if (stream.creditQueued) return;
    stream.creditQueued = true;
    this.#credits.push(stream);
  }

  reset(id: number, code: number, notStarted: boolean): void {
    this.#resets.push({ id, code, notStarted });
  }

  /** Queues a frame that the peer must hear of; its owner keeps their number in bounds. */
  control(frame: ControlFrame): void {
    this.#control.push(frame);
  }

  /** Queues a frame that is said once; answers whether there was room for it. */
  loose(frame: LooseFrame): boolean {
    if (this.#looseBytes + frame.bytes > MAX_LOOSE_BYTES) return false;
    this.#looseBytes += frame.bytes;
    this.#loose.push(frame);
    return true;
  }

  maxStreams(limit: number): void {
    this.#maxStreams = limit;
  }

  /** A lower number is the later word, whatever the order in which they are said (again). */
  goaway(accepted: number): void {
    this.#goaway = Math.min(accepted, this.#goaway ?? accepted);
  }

  ping(): void {
    this.#pings = 1;
  }

  /**
   * Fills the scratch memory with up to `room` bytes of frames. `ack` is there when something is to
   * be acknowledged; `streams`: window and budget let stream data go.
   */
  fill(room: number, ack: AckDelays | undefined, streams: boolean): Payload {
    const writer = this.#writer;
    writer.at = 0;
    const frames: SentFrame[] = [];
    const acked =
      ack === undefined
        ? -1
        : this.#received.writeAck(writer, room, ack.ackDelayMs, ack.loopDelayMs);
    const afterAck = writer.at;
    this.#fillControl(room, frames);
    if (streams) {
      // Neither kind may keep the other from leaving.
      if (this.#looseFirst) this.#fillLoose(room, frames);
      const before = writer.at;
      this.#fillStreams(room, frames);
      const left = this.#waitingBytes - (writer.at - before);
      this.#waitingBytes = this.#sendable.length === 0 ? 0 : Math.max(0, left);
      if (!this.#looseFirst) this.#fillLoose(room, frames);
      this.#looseFirst = !this.#looseFirst;
    }
    const eliciting = writer.at > afterAck;
    if (eliciting && acked >= 0) frames.push(new SentAck(this.#received, acked));
    return { length: writer.at, frames, eliciting };
  }

  #fillControl(room: number, frames: SentFrame[]): void {
    const writer = this.#writer;
    if (this.#pings > 0 && room - writer.at >= 1) {
      writer.u8(FrameType.ping);
      this.#pings = 0;
    }
    if (this.#goaway !== undefined && room - writer.at >= 9) {
      const accepted = this.#goaway;
      writer.u8(FrameType.goaway);
      writer.varint(accepted);
      this.#goaway = undefined;
      frames.push(new SentControl(() => this.goaway(accepted)));
    }
    if (this.#maxStreams !== undefined && room - writer.at >= 9) {
      const limit = this.#maxStreams;
      writer.u8(FrameType.maxStreams);
      writer.varint(limit);
      this.#maxStreams = undefined;
      frames.push(
        new SentControl(() => {
          this.#maxStreams = Math.max(limit, this.#maxStreams ?? 0);
        }),
      );
    }
    while (this.#resets.length > 0 && room - writer.at >= 18) {
      const reset = this.#resets.shift() as Reset;
      writer.u8(FrameType.reset);
      writer.varint(reset.id);
      writer.varint(reset.code);
      writer.u8(reset.notStarted ? 1 : 0);
      frames.push(new SentControl(() => this.#resets.push(reset)));
    }
    for (let next = this.#control[0]; next !== undefined; next = this.#control[0]) {
      if (room - writer.at < next.maxBytes) break;
      const frame = next;
      this.#control.shift();
      frame.write(writer);
      frames.push(new SentControl(() => frame.onLost()));
    }
    while (this.#credits.length > 0 && room - writer.at >= 17) {
      const stream = this.#credits.shift() as Stream;
      stream.creditQueued = false;
      if (stream.isOver) continue;
      writer.u8(FrameType.maxStreamData);
      writer.varint(stream.id);
      writer.varint(stream.creditLimit);
      frames.push(
        new SentControl(() => {
          if (!stream.isOver) this.wantsCredit(stream);
        }),
      );
    }
  }

  #fillLoose(room: number, frames: SentFrame[]): void {
    const writer = this.#writer;
    for (let next = this.#loose[0]; next !== undefined; next = this.#loose[0]) {
      if (room - writer.at < next.bytes) return;
      const frame = next;
      this.#loose.shift();
      this.#looseBytes -= frame.bytes;
      frame.write(writer);
      if (frame.onLost !== undefined) frames.push(new SentControl(() => frame.onLost?.()));
    }
  }

  #fillStreams(room: number, frames: SentFrame[]): void {
    const writer = this.#writer;
    while (this.#sendable.length > 0) {
      const left = room - writer.at - STREAM_FRAME_OVERHEAD;
      if (left < MIN_FRAGMENT_BYTES) return;
      const stream = this.#sendable.shift() as Stream;
      stream.queued = false;
      const range = stream.hasWork ? stream.take(left) : undefined;
      if (range === undefined) continue;
      writer.u8(range.fin ? FrameType.streamFin : FrameType.stream);
      writer.varint(stream.id);
      writer.varint(range.offset);
      writer.varint(range.length);
      stream.copy(range, writer);
      frames.push(new SentStreamRange(stream, range));
      if (stream.hasWork) this.wantsToSend(stream, 0);
    }
  }
}
