import type { ByteWriter } from "../packet/bytes-io.ts";
import { FrameType } from "../packet/frames.ts";
import type { ControlFrame } from "../session/control-queue.ts";
import type { DatagramOutbound } from "./datagram-outbound.ts";

/** Type, stream id, protocol, offset, whether it is the end. */
const MAX_FRAME_BYTES = 20;

/** Says how far a fire-and-forget stream has got when it is written. */
export class DatagramOffsetFrame implements ControlFrame {
  readonly maxBytes: number = MAX_FRAME_BYTES;
  readonly #outbound: DatagramOutbound;
  #offset = 0;
  #isEnd = false;

  constructor(outbound: DatagramOutbound) {
    this.#outbound = outbound;
  }

  write(out: ByteWriter): void {
    const { id, protocol, offset, isEnd } = this.#outbound.progress();
    this.#offset = offset;
    this.#isEnd = isEnd;
    out.u8(FrameType.datagramOffset);
    out.varint(id);
    out.u16(protocol);
    out.varint(offset);
    out.u8(isEnd ? 1 : 0);
  }

  onAcked(): void {
    this.#outbound.onProgressAcked(this.#offset, this.#isEnd);
  }

  onLost(): void {
    this.#outbound.onProgressLost(this.#offset, this.#isEnd);
  }
}
