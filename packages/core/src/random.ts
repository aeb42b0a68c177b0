import { randomFillSync } from "node:crypto";

/** A source of choice and jitter. Not for secrets: that is {@link Entropy}. */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
}

/** A cryptographically secure source of bytes: keys, nonces, unguessable indices. */
export interface Entropy {
  /** Returns `length` fresh random bytes, owned by the caller. */
  bytes(length: number): Uint8Array;
}

/** `Math.random`. */
export const systemRandom: Random = { next: () => Math.random() };

/** The operating system's CSPRNG through `node:crypto`. */
export const systemEntropy: Entropy = {
  bytes: (length) => randomFillSync(new Uint8Array(length)),
};

/** A whole number in [0, bound). */
export function randomInt(random: Random, bound: number): number {
  return Math.floor(random.next() * bound);
}

/** A number in [low, high). */
export function randomBetween(random: Random, low: number, high: number): number {
  return low + random.next() * (high - low);
}

/** One element, or `undefined` from an empty list. */
export function pick<T>(random: Random, items: readonly T[]): T | undefined {
  return items[randomInt(random, items.length)];
}

/** A new array in random order (Fisher–Yates). */
export function shuffle<T>(random: Random, items: readonly T[]): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = randomInt(random, i + 1);
    const held = result[i] as T;
    result[i] = result[j] as T;
    result[j] = held;
  }
  return result;
}
