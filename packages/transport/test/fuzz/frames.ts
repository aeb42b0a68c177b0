import { pick, randomInt } from "@selvage/core";
import type { SeededRandom } from "@selvage/testing";

import { ByteWriter } from "../../src/packet/bytes-io.ts";
import { FrameType } from "../../src/packet/frames.ts";

/** Numbers at which decoders change their mind. */
const EDGES: readonly number[] = [
  0,
  1,
  2,
  3,
  31,
  32,
  63,
  64,
  255,
  1_023,
  1_024,
  16_383,
  16_384,
  65_535,
  65_536,
  2 ** 30 - 1,
  2 ** 30,
  2 ** 32,
  2 ** 53 - 1,
];

/** Frames as a correct peer would write them, with any numbers in them. */
export class FrameSource {
  readonly #random: SeededRandom;
  readonly #nodeIds: readonly Uint8Array[];
  readonly #writer = new ByteWriter(new Uint8Array(4_096));

  /** `nodeIds` are those that frames about relaying name. */
  constructor(random: SeededRandom, nodeIds: readonly Uint8Array[]) {
    this.#random = random;
    this.#nodeIds = nodeIds;
  }

  /** The payload of a packet: some frames, one after the other. */
  payload(): Uint8Array {
    const writer = this.#writer;
    writer.at = 0;
    const frames = 1 + randomInt(this.#random, 6);
    for (let i = 0; i < frames && writer.at < 900; i++) this.#frame();
    return writer.bytes.slice(0, writer.at);
  }

  #frame(): void {
    const writer = this.#writer;
    const type = pick(this.#random, Object.values(FrameType)) ?? 0;
    // What ends the session ends the fun as well.
    if (type === FrameType.close && this.#random.next() < 0.95) return;
    writer.u8(type);
    switch (type) {
      case FrameType.ack:
        this.#ack();
        break;
      case FrameType.reset:
        this.#numbers(2);
        writer.u8(randomInt(this.#random, 4));
        break;
      case FrameType.maxStreamData:
        this.#numbers(2);
        break;
      case FrameType.maxStreams:
      case FrameType.goaway:
        this.#numbers(1);
        break;
      case FrameType.close:
        this.#numbers(1);
        this.#sized(20);
        break;
      case FrameType.pathChallenge:
      case FrameType.pathResponse:
        this.#bytes(8);
        break;
      case FrameType.stream:
      case FrameType.streamFin:
        this.#streamData();
        break;
      case FrameType.datagram:
        this.#streamId(1);
        this.#bytes(2);
        this.#numbers(1);
        this.#sized(60);
        break;
      case FrameType.datagramOffset:
        this.#streamId(1);
        this.#bytes(2);
        this.#numbers(1);
        writer.u8(randomInt(this.#random, 3));
        break;
      case FrameType.relay:
        writer.u8(randomInt(this.#random, 20));
        this.#nodeId();
        this.#nodeId();
        this.#sized(120);
        break;
      case FrameType.route:
        this.#numbers(1);
        this.#nodeId();
        this.#path();
        break;
      case FrameType.relayLimit:
        this.#nodeId();
        this.#numbers(1);
        break;
      case FrameType.padding:
      case FrameType.ping:
        break;
    }
  }

  /** Mostly one of few; the two kinds of streams keep to every other id. */
  #streamId(kind: 0 | 1): void {
    if (this.#random.next() < 0.1) this.#numbers(1);
    else this.#writer.varint(4 * randomInt(this.#random, 12) + 2 * kind);
  }

  #ack(): void {
    const ranges = this.#random.next() < 0.9 ? 0 : randomInt(this.#random, 40);
    this.#writer.varint(randomInt(this.#random, this.#random.next() < 0.9 ? 2 : 64));
    this.#numbers(2);
    this.#writer.varint(ranges);
    for (let i = 0; i < 1 + 2 * ranges; i++) this.#writer.varint(randomInt(this.#random, 2));
  }

  /** Mostly what fits: streams in turn, with messages whose lengths are right. */
  #streamData(): void {
    const writer = this.#writer;
    if (this.#random.next() < 0.3) {
      this.#numbers(2);
      this.#sized(60);
      return;
    }
    this.#streamId(0);
    writer.varint(randomInt(this.#random, 3) * 8);
    const length = randomInt(this.#random, 40);
    writer.varint(6 + length);
    writer.raw(Uint8Array.of(1, 0, length, 0, 0, 0));
    this.#bytes(length);
  }

  #path(): void {
    const hops = randomInt(this.#random, 6);
    this.#writer.u8(hops);
    for (let i = 0; i < hops; i++) this.#nodeId();
  }

  #nodeId(): void {
    const known = pick(this.#random, this.#nodeIds);
    if (known !== undefined && this.#random.next() < 0.7) this.#writer.raw(known);
    else this.#bytes(16);
  }

  #numbers(count: number): void {
    for (let i = 0; i < count; i++) {
      const small = this.#random.next() < 0.7;
      const number = small ? randomInt(this.#random, 64) : (pick(this.#random, EDGES) ?? 0);
      this.#writer.varint(number);
    }
  }

  /** A length, and mostly as many bytes. */
  #sized(limit: number): void {
    const length = randomInt(this.#random, limit);
    this.#writer.varint(
      this.#random.next() < 0.95 ? length : length + 1 + randomInt(this.#random, 99),
    );
    this.#bytes(length);
  }

  #bytes(count: number): void {
    for (let i = 0; i < count; i++) this.#writer.u8(randomInt(this.#random, 256));
  }
}
