import { createHash } from "node:crypto";

import type { Entropy, Random } from "@selvage/core";

/** What a run is a pure function of. Equal text and number seeds (`7`, `"7"`) are the same. */
export type Seed = number | string;

/** A reproducible {@link Random}. */
export interface SeededRandom extends Random {
  /**
   * An independent generator for one consumer. It depends on the seed and the label alone, not on
   * what was drawn before: adding a consumer changes nothing for the others.
   */
  split(label: string): SeededRandom;
}

/** A reproducible {@link Entropy}. For tests only: whoever knows the seed knows every key. */
export interface SeededEntropy extends Entropy {
  /** As {@link SeededRandom.split}. */
  split(label: string): SeededEntropy;
}

/** Random numbers that are a pure function of `seed` (sfc32). */
export function seededRandom(seed: Seed): SeededRandom {
  const word = sfc32(`random:${seed}`);
  return {
    next: () => word() / 0x1_0000_0000,
    split: (label) => seededRandom(`${seed}/${label}`),
  };
}

/** Bytes that are a pure function of `seed` (sfc32). */
export function seededEntropy(seed: Seed): SeededEntropy {
  const word = sfc32(`entropy:${seed}`);
  return {
    bytes: (length) => {
      const bytes = new Uint8Array(length);
      for (let i = 0; i < length; i++) bytes[i] = word();
      return bytes;
    },
    split: (label) => seededEntropy(`${seed}/${label}`),
  };
}

/**
 * Chris Doty-Humphrey's sfc32 from PractRand: 128 bits of state, passes its own and BigCrush
 * batteries, and is a handful of 32-bit operations. The state is filled from a hash of the seed,
 * so that close seeds share nothing.
 */
function sfc32(seed: string): () => number {
  const hash = createHash("sha256").update(seed).digest();
  let a = hash.readInt32LE(0);
  let b = hash.readInt32LE(4);
  let c = hash.readInt32LE(8);
  let counter = hash.readInt32LE(12);
  return () => {
    const result = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + result;
    c |= 0;
    return result >>> 0;
  };
}
