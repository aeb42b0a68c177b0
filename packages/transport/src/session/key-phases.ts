import { utf8 } from "@selvage/core";
import type { Aead, CryptoProvider } from "@selvage/identity";

/** The key of the next phase is derived from the present one under this label. */
const NEXT_KEY_LABEL: Uint8Array = utf8("selvage-key-phase-v1");

/** Where a chain of keys starts: 32 bytes, and what calculates with them. */
export interface ChainStart {
  readonly crypto: CryptoProvider;
  readonly key: Uint8Array;
}

const nextKey = ({ crypto, key }: ChainStart): Uint8Array =>
  crypto.blake2s(NEXT_KEY_LABEL, { key });

/** The key that packets are sealed with, phase after phase. */
export class SealingKeys {
  readonly #crypto: CryptoProvider;
  #nextKey: Uint8Array;
  #current: Aead;
  #phase = 0;
  #from = 0;

  constructor(start: ChainStart) {
    this.#crypto = start.crypto;
    this.#current = start.crypto.aead(start.key);
    this.#nextKey = nextKey(start);
  }

  get current(): Aead {
    return this.#current;
  }

  get phase(): number {
    return this.#phase;
  }

  /** Number of the first packet of this phase. */
  get from(): number {
    return this.#from;
  }

  /** Goes on by one phase, for good; `from` is the next packet's number. */
  advance(from: number): void {
    const key = this.#nextKey;
    this.#current = this.#crypto.aead(key);
    this.#nextKey = nextKey({ crypto: this.#crypto, key });
    this.#phase++;
    this.#from = from;
  }
}

/** The keys that packets are opened with: of this phase, the next, and for a while the last. */
export class OpeningKeys {
  readonly #crypto: CryptoProvider;
  #current: Aead;
  /** Made ahead: a forged phase bit must not cost a key derivation. */
  #upcoming: Aead;
  #upcomingKey: Uint8Array;
  #previous: Aead | undefined;
  #phase = 0;
  #from = 0;

  constructor(start: ChainStart) {
    this.#crypto = start.crypto;
    this.#current = start.crypto.aead(start.key);
    this.#upcomingKey = nextKey(start);
    this.#upcoming = start.crypto.aead(this.#upcomingKey);
  }

  get phase(): number {
    return this.#phase;
  }

  /** The last phase's key is kept, for packets that were overtaken. */
  get hasPrevious(): boolean {
    return this.#previous !== undefined;
  }

  /** Whether a packet that authenticates with this bit and number begins the next phase. */
  isUpcoming(bit: number, number: number): boolean {
    return bit !== (this.#phase & 1) && (this.#previous === undefined || number >= this.#from);
  }

  /** The one key that can open a packet with this phase bit and number. */
  keyFor(bit: number, number: number): Aead {
    if (bit === (this.#phase & 1)) return this.#current;
    return this.#previous !== undefined && number < this.#from ? this.#previous : this.#upcoming;
  }

  /** The peer has begun the next phase with packet `number`. */
  advance(number: number): void {
    this.#previous = this.#current;
    this.#current = this.#upcoming;
    this.#upcomingKey = nextKey({ crypto: this.#crypto, key: this.#upcomingKey });
    this.#upcoming = this.#crypto.aead(this.#upcomingKey);
    this.#phase++;
    this.#from = number;
  }

  forgetPrevious(): void {
    this.#previous = undefined;
  }
}
