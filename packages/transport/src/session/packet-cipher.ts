import type { Aead } from "@selvage/identity";

import {
  AEAD_TAG_BYTES,
  DATA_HEADER_BYTES,
  readPacketNumber,
  writeDataHeader,
  writeNonce,
} from "../packet/header.ts";
import { ReplayWindow } from "../packet/replay-window.ts";

/** A packet that authenticated. */
export interface OpenedPacket {
  readonly number: number;
  /** It has the highest number so far. */
  readonly isNewest: boolean;
  /** A view of the datagram. */
  readonly payload: Uint8Array;
}

/**
 * Seals and opens the packets of one session. There is exactly one counter per sending key, and
 * each received number is accepted once.
 */
export class PacketCipher {
  readonly #seal: Aead;
  readonly #open: Aead;
  readonly #remoteIndex: number;
  readonly #replay = new ReplayWindow();
  readonly #nonce: Uint8Array = new Uint8Array(12);
  #next = 0;

  constructor(seal: Aead, open: Aead, remoteIndex: number) {
    this.#seal = seal;
    this.#open = open;
    this.#remoteIndex = remoteIndex;
  }

  /** The number of the next packet: none at or above it was sent. */
  get nextNumber(): number {
    return this.#next;
  }

  /** Makes the datagram of a payload. */
  seal(payload: Uint8Array): { readonly number: number; readonly datagram: Uint8Array } {
    const number = this.#next++;
    const datagram = new Uint8Array(DATA_HEADER_BYTES + payload.length + AEAD_TAG_BYTES);
    writeDataHeader(datagram, this.#remoteIndex, number);
    writeNonce(this.#nonce, number);
    const header = datagram.subarray(0, DATA_HEADER_BYTES);
    this.#seal.seal(this.#nonce, header, payload, datagram, DATA_HEADER_BYTES);
    return { number, datagram };
  }

  /** Opens a datagram in place; `undefined` for a repeated or forged one. */
  open(datagram: Uint8Array): OpenedPacket | undefined {
    const number = readPacketNumber(datagram);
    if (!this.#replay.isNew(number)) return undefined;
    writeNonce(this.#nonce, number);
    const header = datagram.subarray(0, DATA_HEADER_BYTES);
    const sealed = datagram.subarray(DATA_HEADER_BYTES);
    if (!this.#open.open(this.#nonce, header, sealed, sealed)) return undefined;
    const isNewest = number > this.#replay.highest;
    this.#replay.accept(number);
    return { number, isNewest, payload: sealed.subarray(0, sealed.length - AEAD_TAG_BYTES) };
  }
}
