import { ProtocolViolation, type Violation } from "../packet/protocol-violation.ts";
import type { ReassemblyBudget, ReassemblyClaim } from "./reassembly-budget.ts";
import { ReceiveBuffer } from "./receive-buffer.ts";

/** Every message is preceded by its length, four bytes, little-endian. */
export const MESSAGE_PREFIX_BYTES = 4;
/** The opener's first bytes name the protocol, little-endian. */
export const PROTOCOL_PREFIX_BYTES = 2;

/** What the receiving half of a stream works under. */
export interface InboundConfig {
  /** Bytes that may be under way unread. */
  readonly windowBytes: number;
  /** The largest message taken, in bytes. */
  readonly maxMessageBytes: number;
  /** Where memory for messages above the window comes from. */
  readonly budget: ReassemblyBudget;
  /** The opener's half begins with the protocol number. */
  readonly startsWithProtocol: boolean;
  /** The limit was raised: tell the peer. */
  readonly onLimit: () => void;
  /** The peer broke the protocol, as it turned out when a message was taken. */
  readonly onViolation: (reason: Violation) => void;
  /** A large message stopped arriving. */
  readonly onStalled: () => void;
}

/**
 * The receiving half of a stream: takes bytes apart into messages, and grants the peer room for
 * more as the application takes them. A message larger than the window is granted as a whole, out
 * of the node's budget, once everything before it was taken.
 */
export class Inbound {
  readonly #config: InboundConfig;
  readonly #buffer = new ReceiveBuffer();
  #protocol: number | undefined;
  #limit: number;
  #finalSize: number | undefined;
  /** Length of the message at the head, once its prefix has arrived. */
  #headLength: number | undefined;
  #claim: ReassemblyClaim | undefined;

  constructor(config: InboundConfig) {
    this.#config = config;
    this.#limit = config.windowBytes;
  }

  /** What the opener wants to talk about; `undefined` before that has arrived. */
  get protocol(): number | undefined {
    return this.#protocol;
  }

  /** The peer may send bytes below this offset. */
  get limit(): number {
    return this.#limit;
  }

  /** The peer has ended, and every message was taken. */
  get isAtEnd(): boolean {
    return this.#finalSize !== undefined && this.#buffer.readOffset === this.#finalSize;
  }

  /** Takes bytes that arrived; answers whether they made the protocol known. */
  onData(offset: number, data: Uint8Array, fin: boolean): boolean {
    const end = offset + data.length;
    if (end > this.#limit) throw new ProtocolViolation("flow-control");
    this.#checkFinalSize(end, fin);
    const { storedBytes } = this.#buffer;
    const grew = this.#buffer.insert(offset, data);
    const opened = grew && this.#readProtocol();
    this.#readHead();
    if (this.#buffer.storedBytes > storedBytes) this.#noteProgress();
    return opened;
  }

  /** The next whole message, if it is there. */
  take(): Uint8Array | undefined {
    const length = this.#headLength;
    if (length === undefined || this.#buffer.available < MESSAGE_PREFIX_BYTES + length) {
      return undefined;
    }
    this.#buffer.skip(MESSAGE_PREFIX_BYTES);
    const message = this.#buffer.take(length);
    this.#headLength = undefined;
    this.#releaseClaim();
    const { windowBytes } = this.#config;
    const wanted = this.#buffer.readOffset + windowBytes;
    if (this.#finalSize === undefined && wanted - this.#limit >= windowBytes / 2) {
      this.#raise(wanted);
    }
    this.#readNextHead();
    return message;
  }

  /** Lets everything go, messages that nobody took too: the stream is over. */
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
      this.#config.onViolation(error.reason);
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
    if (!this.#config.startsWithProtocol || this.#protocol !== undefined) return false;
    if (this.#buffer.available < PROTOCOL_PREFIX_BYTES) return false;
    this.#protocol = this.#buffer.peek(0) | (this.#buffer.peek(1) << 8);
    this.#buffer.skip(PROTOCOL_PREFIX_BYTES);
    return true;
  }

  /** Learns the head message's length, and asks for memory if it exceeds the window. */
  #readHead(): void {
    if (this.#config.startsWithProtocol && this.#protocol === undefined) return;
    if (this.#headLength !== undefined) return;
    if (this.#buffer.available < MESSAGE_PREFIX_BYTES) {
      this.#assertWholeMessages();
      return;
    }
    let length = 0;
    for (let i = MESSAGE_PREFIX_BYTES - 1; i >= 0; i--)
      length = length * 256 + this.#buffer.peek(i);
    const { maxMessageBytes, budget, onStalled } = this.#config;
    if (length > maxMessageBytes) throw new ProtocolViolation("message-too-large");
    this.#headLength = length;
    this.#assertWholeMessages();
    const needed = this.#buffer.readOffset + MESSAGE_PREFIX_BYTES + length;
    if (needed > this.#limit) {
      this.#claim = budget.claim(length, () => this.#raise(needed), onStalled);
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

  #noteProgress(): void {
    if (this.#buffer.available < MESSAGE_PREFIX_BYTES + (this.#headLength ?? 0)) {
      this.#claim?.progress();
    } else {
      this.#claim?.complete();
    }
  }

  #raise(limit: number): void {
    if (limit <= this.#limit) return;
    this.#limit = limit;
    this.#config.onLimit();
  }

  #releaseClaim(): void {
    this.#claim?.release();
    this.#claim = undefined;
  }
}
