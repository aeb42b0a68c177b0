import { type Random, randomBetween } from "@selvage/core";

import type { Direction } from "./links.ts";

/** Something that can be drawn, and how often it is, relative to the others. */
export interface Weighted {
  readonly weight: number;
}

/** One of several, each as often as its weight says. Throws `RangeError` when there is none. */
export function drawWeighted<T extends Weighted>(random: Random, items: readonly T[]): T {
  let at = randomBetween(random, 0, total(items));
  for (const item of items) {
    at -= item.weight;
    if (at < 0) return item;
  }
  throw new RangeError("there is nothing to draw from");
}

const total = (items: readonly Weighted[]): number =>
  items.reduce((sum, { weight }) => sum + weight, 0);

/** One of several, all alike. Throws `RangeError` when there is none. */
export function oneOf<T>(random: Random, items: readonly T[]): T {
  const at = Math.floor(random.next() * items.length);
  if (at >= items.length) throw new RangeError("there is nothing to draw from");
  return items[at] as T;
}

/** A whole number, half of the time below the geometric mean: short and small are the nastier. */
export const logBetween = (random: Random, low: number, high: number): number =>
  Math.round(low * (high / low) ** random.next());

/** Whether something happens that does so in this share of cases. */
export const chance = (random: Random, share: number): boolean => random.next() < share;

/** A time to the next of events that come independently of each other. */
export const gapMs = (random: Random, meanMs: number): number =>
  -meanMs * Math.log(1 - random.next());

/** One way, the other way, or (half of the time) both. */
export function someDirections(random: Random, a: string, b: string): Direction[] {
  const there = { from: a, to: b };
  const back = { from: b, to: a };
  const drawn = random.next();
  if (drawn < 0.5) return [there, back];
  return drawn < 0.75 ? [there] : [back];
}

/** All links of one machine. */
export const around = (machine: string, machines: readonly string[]): Direction[] =>
  machines
    .filter((other) => other !== machine)
    .flatMap((other) => [
      { from: machine, to: other },
      { from: other, to: machine },
    ]);
