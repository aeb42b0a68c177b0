import { randomInt } from "@selvage/core";
import type { SeededRandom } from "@selvage/testing";

type Mutation = (bytes: Uint8Array, random: SeededRandom) => Uint8Array;

const mutations: readonly Mutation[] = [
  // One bit, or some bytes.
  (bytes, random) => {
    const at = randomInt(random, bytes.length);
    return bytes.with(at, (bytes[at] ?? 0) ^ (1 << randomInt(random, 8)));
  },
  (bytes, random) => {
    const changed = bytes.slice();
    for (let i = 0; i <= randomInt(random, 8); i++) {
      changed[randomInt(random, bytes.length)] = randomInt(random, 256);
    }
    return changed;
  },
  // Too short, or too long.
  (bytes, random) => bytes.slice(0, randomInt(random, bytes.length)),
  (bytes, random) => {
    const longer = new Uint8Array(bytes.length + 1 + randomInt(random, 64));
    longer.set(bytes);
    for (let at = bytes.length; at < longer.length; at++) longer[at] = randomInt(random, 256);
    return longer;
  },
  // A piece missing, or there twice.
  (bytes, random) => {
    const from = randomInt(random, bytes.length);
    const to = from + randomInt(random, bytes.length - from);
    return Uint8Array.of(...bytes.subarray(0, from), ...bytes.subarray(to));
  },
  (bytes, random) => {
    const from = randomInt(random, bytes.length);
    return Uint8Array.of(...bytes, ...bytes.subarray(from));
  },
  // Nothing to do with what it was.
  (bytes, random) => Uint8Array.from(bytes, () => randomInt(random, 256)),
];

/** The bytes with something wrong about them. */
export function mutate(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  if (bytes.length === 0) return bytes;
  const mutation = mutations[randomInt(random, mutations.length)];
  return mutation?.(bytes, random) ?? bytes;
}
