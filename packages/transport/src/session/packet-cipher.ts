import { BytePool } from "@selvage/core";
import type { CryptoProvider } from "@selvage/identity";

import {
  AEAD_TAG_BYTES,
  DATA_HEADER_BYTES,
  readKeyPhaseBit,
  readPacketNumber,
  writeDataHeader,
  writeNonce,
} from "../packet/header.ts";
import { ReplayWindow } from "../packet/replay-window.ts";
import { OpeningKeys, SealingKeys } from "./key-phases.ts";

/** Datagrams are short-lived: they share blocks with nothing that may be kept. */
const datagrams = new BytePool();

/** A packet that authenticated. */
export interface OpenedPacket {
  readonly number: number;
  /** It has the highest number so far. */
  readonly isNewest: boolean;
  /** A view of the datagram. */
  readonly payload: Uint8Array;
}

/** What a {@link PacketCipher} is made of. */
export interface PacketCipherParts {
  readonly crypto: CryptoProvider;
  /** 32 bytes, of the first phase, as the next. */
  readonly sealKey: Uint8Array;
  readonly openKey: Uint8Array;
  readonly remoteIndex: number;
}

/**
 * Seals and opens the packets of one session. There is exactly one counter for sending, which runs
 * on across key phases, and each received number is accepted once. Phases change as in RFC 9001
 * §6: either end may go on, the other follows.
 */
export class PacketCipher {
  readonly #remoteIndex: number;
  readonly #sealing: SealingKeys;
  readonly #opening: OpeningKeys;
  readonly #replay = new ReplayWindow();
  readonly #nonce: Uint8Array = new Uint8Array(12);
  #next = 0;
  #failures = 0;

  constructor({ crypto, sealKey, openKey, remoteIndex }: PacketCipherParts) {
    this.#remoteIndex = remoteIndex;
    this.#sealing = new SealingKeys({ crypto, key: sealKey });
    this.#opening = new OpeningKeys({ crypto, key: openKey });
  }

  /** The number of the next packet: none at or above it was sent. */
  get nextNumber(): number {
    return this.#next;
  }

  /** The key phase in which packets are sent, from 0. */
  get phase(): number {
    return this.#sealing.phase;
  }

  /** Packets sent in this phase. */
  get sentInPhase(): number {
    return this.#next - this.#sealing.from;
  }

  /** Packets that did not authenticate. */
  get failures(): number {
    return this.#failures;
  }

  /** The last phase's receiving key is still kept, for packets that were overtaken. */
  get keepsPrevious(): boolean {
    return this.#opening.hasPrevious;
  }

  forgetPrevious(): void {
    this.#opening.forgetPrevious();
  }

  /**
   * Begins the next key phase, if that cannot leave the peer behind: a packet of this phase was
   * acknowledged, and the peer has followed into it. Answers whether it did.
   */
  update(largestAcked: number): boolean {
    const { phase, from } = this.#sealing;
    if (largestAcked < from || this.#opening.phase !== phase || this.keepsPrevious) return false;
    this.#sealing.advance(this.#next);
    return true;
  }

  /** Makes the datagram of a payload. */
  seal(payload: Uint8Array): { readonly number: number; readonly datagram: Uint8Array } {
    const number = this.#next++;
    const datagram = datagrams.take(DATA_HEADER_BYTES + payload.length + AEAD_TAG_BYTES);
    writeDataHeader(datagram, this.#remoteIndex, number, this.#sealing.phase);
    writeNonce(this.#nonce, number);
    const header = datagram.subarray(0, DATA_HEADER_BYTES);
    this.#sealing.current.seal(this.#nonce, header, payload, datagram, DATA_HEADER_BYTES);
    return { number, datagram };
  }

  /** Opens a datagram in place; `undefined` for a repeated or forged one. */
  open(datagram: Uint8Array): OpenedPacket | undefined {
    const number = readPacketNumber(datagram);
    if (!this.#replay.isNew(number)) return undefined;
    const bit = readKeyPhaseBit(datagram);
    writeNonce(this.#nonce, number);
    const header = datagram.subarray(0, DATA_HEADER_BYTES);
    const sealed = datagram.subarray(DATA_HEADER_BYTES);
    if (!this.#opening.keyFor(bit, number).open(this.#nonce, header, sealed, sealed)) {
      this.#failures++;
      return undefined;
    }
    if (this.#opening.isUpcoming(bit, number)) this.#follow(number);
    const isNewest = number > this.#replay.highest;
    this.#replay.accept(number);
    return { number, isNewest, payload: sealed.subarray(0, sealed.length - AEAD_TAG_BYTES) };
  }

  /** The peer has gone on to the next phase, by itself or after us. */
  #follow(number: number): void {
    this.#opening.advance(number);
    if (this.#sealing.phase < this.#opening.phase) this.#sealing.advance(this.#next);
  }
}
