import { ProtocolViolation } from "../packet/protocol-violation.ts";
import type { HalfOwner, InboundHalf, InboundStats } from "./halves.ts";
import { MESSAGE_PREFIX_BYTES, PROTOCOL_PREFIX_BYTES } from "./prefixes.ts";
import type { ReassemblyClaim } from "./reassembly-budget.ts";
import { ReceiveBuffer } from "./receive-buffer.ts";
import type { StreamHost } from "./stream-host.ts";

/**
 * The receiving half of a reliable stream: takes bytes apart into messages, and grants the peer room for
 * more as the application takes them. A message larger than the window is granted as a whole, out
 * of the node's budget, once everything before it was taken.
 */
export class ReliableInbound implements InboundHalf {
  readonly #owner: HalfOwner;
  readonly #host: StreamHost;
  /** The opener's half begins with the protocol number. */
  readonly #startsWithProtocol: boolean;
  readonly #buffer: ReceiveBuffer;
  #protocol: number | undefined;
  #finalSize: number | undefined;
  /** Length of the message at the head, once its prefix has arrived. */
  #headLength: number | undefined;
  #claim: ReassemblyClaim | undefined;
  #messages = 0;
  #bytes = 0;

  constructor(owner: HalfOwner, host: StreamHost, startsWithProtocol: boolean) {
    this.#owner = owner;
    this.#host = host;
    this.#startsWithProtocol = startsWithProtocol;
    this.#buffer = new ReceiveBuffer(host.windowBytes, host.fragments);
  }

  get protocol(): number | undefined {
    return this.#protocol;
  }

  get limit(): number {
    return this.#buffer.limit;
  }

  get isAtEnd(): boolean {
    return this.#finalSize !== undefined && this.#buffer.readOffset === this.#finalSize;
  }

  get stats(): InboundStats {
    return {
      messagesReceived: this.#messages,
      bytesReceived: this.#bytes,
      unreadBytes: this.#buffer.available,
      messagesDropped: 0,
    };
  }

  /** Takes bytes that arrived; answers whether they made the protocol known. */
  onData(offset: number, data: Uint8Array, fin: boolean): boolean {
    const end = offset + data.length;
    if (end > this.#buffer.limit) throw new ProtocolViolation("flow-control");
    this.#checkFinalSize(end, fin);
    const { storedBytes } = this.#buffer;
    const grew = this.#buffer.insert(offset, data);
    const opened = grew && this.#readProtocol();
    this.#readHead();
    this.#noteProgress(this.#buffer.storedBytes - storedBytes);
    return opened;
  }

  take(): Uint8Array | undefined {
    const length = this.#headLength;
    if (length === undefined || this.#buffer.available < MESSAGE_PREFIX_BYTES + length) {
      return undefined;
    }
    this.#buffer.skip(MESSAGE_PREFIX_BYTES);
    const message = this.#buffer.take(length);
    this.#messages++;
    this.#bytes += length;
    this.#headLength = undefined;
    this.#releaseClaim();
    const { windowBytes } = this.#host;
    const wanted = this.#buffer.readOffset + windowBytes;
    if (this.#finalSize === undefined && wanted - this.#buffer.limit >= windowBytes / 2) {
      this.#raise(wanted);
    }
    this.#readNextHead();
    return message;
  }

  clear(): void {
    this.#buffer.clear();
    this.#headLength = undefined;
    this.#releaseClaim();
  }

  /** A fault of the peer behind a good message must not cost the application that message. */
  #readNextHead(): void {
    try {
      this.#readHead();
    } catch (error) {
      if (!(error instanceof ProtocolViolation)) throw error;
      this.#owner.onViolation(error.reason);
    }
  }

  #checkFinalSize(end: number, fin: boolean): void {
    if (
      this.#finalSize !== undefined &&
      (end > this.#finalSize || (fin && end !== this.#finalSize))
    ) {
      throw new ProtocolViolation("final-size");
    }
    if (!fin) return;
    if (this.#buffer.highest > end) throw new ProtocolViolation("final-size");
    this.#finalSize = end;
  }

  #readProtocol(): boolean {
    if (!this.#startsWithProtocol || this.#protocol !== undefined) return false;
    if (this.#buffer.available < PROTOCOL_PREFIX_BYTES) return false;
    this.#protocol = this.#buffer.peek(0) | (this.#buffer.peek(1) << 8);
    this.#buffer.skip(PROTOCOL_PREFIX_BYTES);
    return true;
  }

  /** Learns the head message's length, and asks for memory if it exceeds the window. */
  #readHead(): void {
    if (this.#startsWithProtocol && this.#protocol === undefined) return;
    if (this.#headLength !== undefined) return;
    if (this.#buffer.available < MESSAGE_PREFIX_BYTES) {
      this.#assertWholeMessages();
      return;
    }
    let length = 0;
    for (let i = MESSAGE_PREFIX_BYTES - 1; i >= 0; i--)
      length = length * 256 + this.#buffer.peek(i);
    const { nodeId, maxMessageBytes, budget } = this.#host;
    if (length > maxMessageBytes) throw new ProtocolViolation("message-too-large");
    this.#headLength = length;
    this.#assertWholeMessages();
    const needed = this.#buffer.readOffset + MESSAGE_PREFIX_BYTES + length;
    if (needed > this.#buffer.limit) {
      this.#claim = budget.claim(
        nodeId,
        length,
        () => this.#raise(needed),
        () => this.#owner.onStalled(),
      );
    }
  }

  /** An end in the middle of a message is nothing a correct peer sends. */
  #assertWholeMessages(): void {
    if (this.#finalSize === undefined) return;
    const rest = this.#finalSize - this.#buffer.readOffset;
    if (rest === 0 && this.#headLength === undefined) return;
    const needed = MESSAGE_PREFIX_BYTES + (this.#headLength ?? 0);
    if (rest < needed) throw new ProtocolViolation("final-size");
  }

  #noteProgress(bytes: number): void {
    if (this.#claim === undefined) return;
    if (this.#buffer.available < MESSAGE_PREFIX_BYTES + (this.#headLength ?? 0)) {
      this.#claim.progress(bytes);
    } else {
      this.#claim.complete();
    }
  }

  #raise(limit: number): void {
    if (limit <= this.#buffer.limit) return;
    this.#buffer.limit = limit;
    this.#owner.onLimit();
  }

  #releaseClaim(): void {
    this.#claim?.release();
    this.#claim = undefined;
  }
}
