import type { ByteWriter } from "../packet/bytes-io.ts";
import { FrameType } from "../packet/frames.ts";
import type { SentFrame } from "../recovery/sent-packets.ts";
import type { StreamCore } from "../stream/stream-core.ts";
import { openerOf, type Role } from "../stream/stream-table.ts";
import { SentControl } from "./sent-frames.ts";

/** A frame that is written anew, as things stand then, until the peer has it. */
export interface ControlFrame {
  /** The most that {@link write} writes. */
  readonly maxBytes: number;
  write(out: ByteWriter): void;
  /** Its packet was lost: say it again, if it still matters. */
  onLost(): void;
  /** Its packet arrived. */
  onAcked?(): void;
}

/** Writes those of the queue that fit below `room`, and takes them off it. */
export function writeFrames(
  queue: ControlFrame[],
  writer: ByteWriter,
  room: number,
  frames: SentFrame[],
): void {
  for (let next = queue[0]; next !== undefined; next = queue[0]) {
    if (room - writer.at < next.maxBytes) return;
    const frame = next;
    queue.shift();
    frame.write(writer);
    frames.push(
      new SentControl(
        () => frame.onLost(),
        () => frame.onAcked?.(),
      ),
    );
  }
}

/** A reset that the peer must hear of. */
interface Reset {
  readonly id: number;
  readonly code: number;
  readonly notStarted: boolean;
  /** In the queue: of several copies under way each may be lost. */
  waiting: boolean;
  /** The peer has it. */
  heard: boolean;
}

/** What the peer must hear of beside data. It goes before data, and is said again when it is lost. */
export class ControlQueue {
  #credits: StreamCore[] = [];
  #resets: Reset[] = [];
  /** How many of them are about streams opened by the initiator, and by the responder. */
  readonly #resetsOf: Record<Role, number> = { initiator: 0, responder: 0 };
  #frames: ControlFrame[] = [];
  #maxStreams: number | undefined;
  #goaway: number | undefined;
  #pings = 0;

  get isEmpty(): boolean {
    return (
      this.#pings === 0 &&
      this.#resets.length === 0 &&
      this.#frames.length === 0 &&
      this.#credits.length === 0 &&
      this.#maxStreams === undefined &&
      this.#goaway === undefined
    );
  }

  /** Resets of streams that `opener` opened, not sent yet, or to be sent again. */
  waitingResets(opener: Role): number {
    return this.#resetsOf[opener];
  }

  wantsCredit(stream: StreamCore): void {
    if (stream.creditQueued) return;
    stream.creditQueued = true;
    this.#credits.push(stream);
  }

  reset(id: number, code: number, notStarted: boolean): void {
    this.#say({ id, code, notStarted, waiting: false, heard: false });
  }

  /** Queues a frame of any kind; its owner keeps their number in bounds. */
  add(frame: ControlFrame): void {
    this.#frames.push(frame);
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

  /** Writes what fits below `room`. */
  fill(writer: ByteWriter, room: number, frames: SentFrame[]): void {
    if (this.#pings > 0 && room - writer.at >= 1) {
      writer.u8(FrameType.ping);
      this.#pings = 0;
    }
    this.#fillCounts(writer, room, frames);
    this.#fillResets(writer, room, frames);
    writeFrames(this.#frames, writer, room, frames);
    this.#fillCredits(writer, room, frames);
  }

  #fillCounts(writer: ByteWriter, room: number, frames: SentFrame[]): void {
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
  }

  #fillResets(writer: ByteWriter, room: number, frames: SentFrame[]): void {
    while (this.#resets.length > 0 && room - writer.at >= 18) {
      const reset = this.#resets.shift() as Reset;
      writer.u8(FrameType.reset);
      writer.varint(reset.id);
      writer.varint(reset.code);
      writer.u8(reset.notStarted ? 1 : 0);
      reset.waiting = false;
      this.#resetsOf[openerOf(reset.id)]--;
      frames.push(
        new SentControl(
          () => this.#say(reset),
          () => {
            reset.heard = true;
          },
        ),
      );
    }
  }

  #say(reset: Reset): void {
    if (reset.waiting || reset.heard) return;
    reset.waiting = true;
    this.#resets.push(reset);
    this.#resetsOf[openerOf(reset.id)]++;
  }

  #fillCredits(writer: ByteWriter, room: number, frames: SentFrame[]): void {
    while (this.#credits.length > 0 && room - writer.at >= 17) {
      const stream = this.#credits.shift() as StreamCore;
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
}
