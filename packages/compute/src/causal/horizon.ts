import { fromHex, toHex } from "@selvage/core";
import type { OriginHash } from "@selvage/identity";

import { MAX_HORIZON_ORIGINS } from "../defaults.ts";
import { ByteReader } from "../wire/byte-reader.ts";
import { ByteWriter } from "../wire/byte-writer.ts";
import { ORIGIN_TAG_BYTES, type OriginTag, originTag, writeOriginTag } from "./origin-tag.ts";

/** Bits that one origin sets in the compact form. */
const BITS_PER_ORIGIN = 3;

/** An origin hash and a sequence. */
const ENTRY_BYTES = 24;

const ORIGIN_HASH_BYTES = 16;

/**
 * What was seen of other origins: the highest sequence of each, and a logical clock that grows with
 * every progress. Bounded: beyond {@link MAX_HORIZON_ORIGINS} the origin that was observed longest ago
 * is dropped from the map, though never from the compact form.
 */
export class ObservedHorizon {
  /** The one observed longest ago comes first. */
  readonly #seen = new Map<OriginHash, number>();
  #bits = 0n;
  #clock = 0;

  /** The logical clock. It ends at the largest safe integer and stays there. */
  get clock(): number {
    return this.#clock;
  }

  /** How many origins the map knows. */
  get size(): number {
    return this.#seen.size;
  }

  /**
   * The compact form that goes into links: a Bloom filter of 64 bits, three for each origin. It says
   * "not seen" only of what was not; it can be trusted in its "seen" up to about 16 origins.
   */
  get encoded(): bigint {
    return this.#bits;
  }

  /** The highest sequence seen of an origin, in whichever of its runs. */
  sequenceOf(origin: OriginHash): number | undefined {
    return this.#seen.get(origin);
  }

  /** Whether this sequence of the origin, or a later one, was seen. */
  hasObserved(origin: OriginHash, sequence: number): boolean {
    return (this.#seen.get(origin) ?? -1) >= sequence;
  }

  /** The highest sequence of each origin, the one observed longest ago first. */
  entries(): IterableIterator<[OriginHash, number]> {
    return this.#seen.entries();
  }

  /** Notes an event of an origin; nothing happens for what was seen before. */
  observe(origin: OriginHash, sequence: number): void {
    if (this.hasObserved(origin, sequence)) return;
    this.#note(origin, sequence);
    this.#clock = Math.min(this.#clock + 1, Number.MAX_SAFE_INTEGER);
  }

  /** Notes all that another horizon has seen; the clock is then ahead of both. */
  merge(other: ObservedHorizon): void {
    for (const [origin, sequence] of other.entries()) {
      if (!this.hasObserved(origin, sequence)) this.#note(origin, sequence);
    }
    this.#bits |= other.encoded;
    this.#clock = Math.min(Math.max(this.#clock, other.clock) + 1, Number.MAX_SAFE_INTEGER);
  }

  /** A copy that goes its own way. */
  clone(): ObservedHorizon {
    const copy = new ObservedHorizon();
    for (const [origin, sequence] of this.#seen) copy.#seen.set(origin, sequence);
    copy.#bits = this.#bits;
    copy.#clock = this.#clock;
    return copy;
  }

  /** All of it in bytes: clock, compact form, count, and origin hash and sequence of each origin. */
  encode(): Uint8Array {
    const writer = new ByteWriter().count(this.#clock).u64(this.#bits).u32(this.#seen.size);
    for (const [origin, sequence] of this.#seen) writer.bytes(fromHex(origin)).count(sequence);
    return writer.finish();
  }

  /**
   * Reads what {@link encode} wrote.
   *
   * @throws {@link ComputeError} with kind `bad-horizon`.
   */
  static decode(bytes: Uint8Array): ObservedHorizon {
    const reader = new ByteReader("bad-horizon", bytes);
    const horizon = new ObservedHorizon();
    const clock = reader.count("clock");
    const bits = reader.u64();
    const count = reader.items("origins", MAX_HORIZON_ORIGINS, ENTRY_BYTES);
    for (let i = 0; i < count; i++) {
      const origin = toHex(reader.bytes(ORIGIN_HASH_BYTES)) as OriginHash;
      horizon.#note(origin, reader.count("sequence"));
    }
    reader.end();
    if (horizon.size !== count) reader.fail("inconsistent", "an origin comes twice");
    if ((horizon.#bits & ~bits) !== 0n) {
      reader.fail("inconsistent", "the compact form lacks an origin of the map");
    }
    horizon.#bits = bits;
    horizon.#clock = clock;
    return horizon;
  }

  #note(origin: OriginHash, sequence: number): void {
    // Deleted first, so that it comes last in the order of the map.
    if (!this.#seen.delete(origin)) this.#bits |= bitsOf(originTag(origin));
    this.#seen.set(origin, sequence);
    if (this.#seen.size <= MAX_HORIZON_ORIGINS) return;
    for (const oldest of this.#seen.keys()) {
      this.#seen.delete(oldest);
      break;
    }
  }
}

/** Whether the compact form of a horizon may have seen an origin; `false` is certain. */
export function horizonMayContain(encoded: bigint, origin: OriginTag): boolean {
  const bits = bitsOf(origin);
  return (encoded & bits) === bits;
}

/**
 * Whether neither of two events can have known of the other's origin. `true` is certain; `false` may
 * be wrong, the more often the more origins the horizons hold.
 */
export function arePotentiallyConcurrent(
  a: { readonly origin: OriginTag; readonly horizon: bigint },
  b: { readonly origin: OriginTag; readonly horizon: bigint },
): boolean {
  return !horizonMayContain(a.horizon, b.origin) && !horizonMayContain(b.horizon, a.origin);
}

/** Double hashing with the two halves of the tag, which is a hash already. */
function bitsOf(origin: OriginTag): bigint {
  const view = new DataView(new ArrayBuffer(ORIGIN_TAG_BYTES));
  writeOriginTag(view, 0, origin);
  const first = view.getUint32(0, true);
  const step = view.getUint32(4, true) | 1;
  let bits = 0n;
  for (let i = 0; i < BITS_PER_ORIGIN; i++) bits |= 1n << BigInt((first + i * step) & 63);
  return bits;
}
