import { type Random, randomInt } from "@selvage/core";

import { chance } from "../world/draw.ts";

/** Changes some of what is repeated: a bit, the end, or nothing. */
export function forge(random: Random, bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0 || chance(random, 0.6)) return bytes;
  if (chance(random, 0.3)) return bytes.slice(0, randomInt(random, bytes.length + 1));
  const at = randomInt(random, bytes.length);
  return bytes.with(at, (bytes[at] ?? 0) ^ (1 << randomInt(random, 8)));
}
