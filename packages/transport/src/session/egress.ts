import { ByteWriter } from "../packet/bytes-io.ts";
import { STREAM_FRAME_OVERHEAD } from "../packet/frames.ts";
import type { ReceivedPackets } from "../recovery/received-packets.ts";
import type { SentFrame } from "../recovery/sent-packets.ts";
import type { StreamCore } from "../stream/stream-core.ts";
import type { Role } from "../stream/stream-table.ts";
import { type ControlFrame, ControlQueue, writeFrames } from "./control-queue.ts";
import { SentAck, SentControl } from "./sent-frames.ts";
import { StreamTurns } from "./stream-turns.ts";

export type { ControlFrame } from "./control-queue.ts";

/** What a frame adds to a small message, about. */
const FRAME_ESTIMATE_BYTES = 6;
/** The smallest piece of a stream worth a frame of its own at the end of a packet. */
const MIN_FRAGMENT_BYTES = 16;

/** In one of so many packets background frames go before data; in the others, they take what it leaves. */
const BACKGROUND_TURN = 4;

/** The most that may wait of frames that are said once, in bytes. */
const MAX_LOOSE_BYTES = 262_144;

/** A frame that is said once, whether it arrives or not. */
export interface LooseFrame {
  /** What {@link write} writes, type included. */
  readonly bytes: number;
  /** It has lost its sense while it waited: it is dropped. */
  readonly isStale?: boolean;
  write(out: ByteWriter): void;
  onLost?(): void;
  /** It was stale when its turn came. */
  onDropped?(): void;
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
 * then streams in turn, one piece each, so that a bulk transfer never starves a small call. What
 * comes in bulk beside data has a share of the packets.
 */
export class Egress {
  readonly #received: ReceivedPackets;
  readonly #writer: ByteWriter;
  readonly #control = new ControlQueue();
  readonly #sendable = new StreamTurns();
  readonly #background: ControlFrame[] = [];
  #loose: LooseFrame[] = [];
  #looseBytes = 0;
  /** Counts packets with data. */
  #turn = 0;
  #waitingBytes = 0;

  constructor(received: ReceivedPackets, scratch: Uint8Array) {
    this.#received = received;
    this.#writer = new ByteWriter(scratch);
  }

  /** Whether anything but acknowledgements waits to be sent. */
  hasWork(): boolean {
    return (
      !this.#sendable.isEmpty ||
      !this.#control.isEmpty ||
      this.#loose.length > 0 ||
      this.#background.length > 0
    );
  }

  /** Resets of streams that `opener` opened, not sent yet, or to be sent again. */
  waitingResets(opener: Role): number {
    return this.#control.waitingResets(opener);
  }

  /** Bytes that wait to be sent, about, but for control; at least a packet's worth need not wait longer. */
  get waitingBytes(): number {
    return this.#waitingBytes + this.#looseBytes;
  }

  wantsToSend(stream: StreamCore, newBytes: number): void {
    if (newBytes > 0) this.#waitingBytes += newBytes + FRAME_ESTIMATE_BYTES;
    this.#sendable.add(stream);
  }

  /** A stream's priority was `from` until now. */
  onPriority(stream: StreamCore, from: number): void {
    this.#sendable.onPriority(stream, from);
  }

  wantsCredit(stream: StreamCore): void {
    this.#control.wantsCredit(stream);
  }

  reset(id: number, code: number, notStarted: boolean): void {
    this.#control.reset(id, code, notStarted);
  }

  /** Queues a frame that the peer must hear of; its owner keeps their number in bounds. */
  control(frame: ControlFrame): void {
    this.#control.add(frame);
  }

  /** Likewise, but of a kind that comes in such numbers that data must not wait for all of them. */
  background(frame: ControlFrame): void {
    this.#background.push(frame);
  }

  /** Queues a frame that is said once; answers whether there was room for it. */
  loose(frame: LooseFrame): boolean {
    if (this.#looseBytes + frame.bytes > MAX_LOOSE_BYTES) return false;
    this.#looseBytes += frame.bytes;
    this.#loose.push(frame);
    return true;
  }

  maxStreams(limit: number): void {
    this.#control.maxStreams(limit);
  }

  goaway(accepted: number): void {
    this.#control.goaway(accepted);
  }

  ping(): void {
    this.#control.ping();
  }

  /**
   * Fills the scratch memory with up to `room` bytes of frames. `ack` is there when something is to
   * be acknowledged; `streams`: window and budget let data go.
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
    if (!this.#control.isEmpty) this.#control.fill(writer, room, frames);
    if (streams) {
      // No kind may keep another from leaving.
      const turn = this.#turn++;
      if (turn % BACKGROUND_TURN === 0) writeFrames(this.#background, writer, room, frames);
      if (turn % 2 === 0) this.#fillLoose(room, frames);
      this.#fillStreams(room, frames);
      if (turn % 2 === 1) this.#fillLoose(room, frames);
      writeFrames(this.#background, writer, room, frames);
    }
    const eliciting = writer.at > afterAck;
    if (eliciting && acked >= 0) frames.push(new SentAck(this.#received, acked));
    return { length: writer.at, frames, eliciting };
  }

  #fillLoose(room: number, frames: SentFrame[]): void {
    const writer = this.#writer;
    for (let next = this.#loose[0]; next !== undefined; next = this.#loose[0]) {
      const frame = next;
      if (frame.isStale !== true && room - writer.at < frame.bytes) return;
      this.#loose.shift();
      this.#looseBytes -= frame.bytes;
      if (frame.isStale === true) {
        frame.onDropped?.();
        continue;
      }
      frame.write(writer);
      if (frame.onLost !== undefined) frames.push(new SentControl(() => frame.onLost?.()));
    }
  }

  #fillStreams(room: number, frames: SentFrame[]): void {
    const writer = this.#writer;
    const sendable = this.#sendable;
    const before = writer.at;
    /** Streams whose next message needs a packet with more room. */
    let unfit: StreamCore[] | undefined;
    sendable.beginPacket();
    while (room - writer.at - STREAM_FRAME_OVERHEAD >= MIN_FRAGMENT_BYTES) {
      const stream = sendable.take();
      if (stream === undefined) break;
      const frame = stream.write(writer, room);
      if (frame !== undefined) {
        frames.push(frame);
        if (stream.hasWork) sendable.add(stream);
      } else if (stream.hasWork) {
        (unfit ??= []).push(stream);
      }
    }
    if (unfit !== undefined) sendable.putBack(unfit);
    const left = this.#waitingBytes - (writer.at - before);
    this.#waitingBytes = sendable.isEmpty ? 0 : Math.max(0, left);
  }
}
