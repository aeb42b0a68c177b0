import { type Random, randomBetween } from "@selvage/core";

import type { Cast } from "./cast.ts";
import type { Direction } from "./links.ts";
import { FAULTS_FROM_MS, REPAIRED_BY_MS } from "./times.ts";

/** One thing that goes wrong. Each is repaired after `forMs`. */
export type Fault =
  | { readonly kind: "kill" | "close" | "freeze" | "stall"; readonly machine: string }
  | { readonly kind: "partition"; readonly directions: readonly Direction[] }
  | {
      readonly kind: "burst";
      readonly directions: readonly Direction[];
      readonly lossRate: number;
    };

/** A fault with its time. */
export interface PlannedFault {
  readonly atMs: number;
  readonly forMs: number;
  readonly fault: Fault;
}

type Draw = (random: Random, cast: Cast) => Omit<PlannedFault, "atMs">;

/** Kinds of faults with their weights. */
const draws: readonly (readonly [weight: number, draw: Draw])[] = [
  [
    5,
    (random, { providers }) => ({
      fault: { kind: "kill", machine: oneOf(random, providers) },
      forMs: between(random, 50, 8_000),
    }),
  ],
  [
    3,
    (random, { providers }) => ({
      fault: { kind: "close", machine: oneOf(random, providers) },
      forMs: between(random, 200, 8_000),
    }),
  ],
  [
    5,
    (random, { providers }) => ({
      fault: { kind: "freeze", machine: oneOf(random, providers) },
      forMs: between(random, 60, 14_000),
    }),
  ],
  [
    2,
    (random, { caller, providers }) => ({
      fault: { kind: "stall", machine: oneOf(random, [caller, ...providers]) },
      forMs: between(random, 60, 900),
    }),
  ],
  [
    5,
    (random, { caller, providers }) => ({
      fault: {
        kind: "partition",
        directions: someDirections(random, caller, oneOf(random, providers)),
      },
      forMs: between(random, 100, 14_000),
    }),
  ],
  [
    2,
    (random, cast) => ({
      fault: { kind: "partition", directions: around(oneOf(random, everybody(cast)), cast) },
      forMs: between(random, 100, 12_000),
    }),
  ],
  [
    1,
    (random, cast) => ({
      fault: { kind: "partition", directions: someDirections(random, ...pair(random, cast)) },
      forMs: between(random, 1_000, 14_000),
    }),
  ],
  [
    3,
    (random, { caller, providers }) => ({
      fault: {
        kind: "burst",
        directions: someDirections(random, caller, oneOf(random, providers)),
        lossRate: randomBetween(random, 0.3, 1),
      },
      forMs: between(random, 100, 5_000),
    }),
  ],
  [
    2,
    (random, cast) => ({
      fault: {
        kind: "burst",
        directions: around(cast.caller, cast),
        lossRate: randomBetween(random, 0.2, 0.9),
      },
      forMs: between(random, 100, 3_000),
    }),
  ],
];

const TOTAL_WEIGHT = draws.reduce((sum, [weight]) => sum + weight, 0);

/**
 * What goes wrong in a run, in the order of time. One provider is dead for so long that everybody
 * must come to count it as failed; the rest is drawn. Some runs are calm, some are a mess.
 */
export function planFaults(random: Random, cast: Cast): PlannedFault[] {
  const plan: PlannedFault[] = [];
  const deadMs = between(random, 16_000, 24_000);
  plan.push({
    atMs: between(random, FAULTS_FROM_MS, REPAIRED_BY_MS - deadMs),
    forMs: deadMs,
    fault: { kind: "kill", machine: oneOf(random, cast.providers) },
  });
  const meanGapMs = between(random, 1_200, 4_500);
  for (let atMs = FAULTS_FROM_MS; ;) {
    atMs += Math.min(6_000, -meanGapMs * Math.log(1 - random.next()));
    if (atMs > REPAIRED_BY_MS - 500) break;
    const drawn = draw(random, cast);
    plan.push({ ...drawn, atMs, forMs: Math.min(drawn.forMs, REPAIRED_BY_MS - atMs) });
  }
  return plan.toSorted((a, b) => a.atMs - b.atMs);
}

function draw(random: Random, cast: Cast): Omit<PlannedFault, "atMs"> {
  let at = randomBetween(random, 0, TOTAL_WEIGHT);
  for (const [weight, make] of draws) {
    at -= weight;
    if (at < 0) return make(random, cast);
  }
  throw new RangeError("the weights do not add up");
}

/** Half of the lengths are below the geometric mean: short faults are the nastier ones. */
const between = (random: Random, low: number, high: number): number =>
  Math.round(low * (high / low) ** random.next());

const everybody = ({ caller, providers }: Cast): readonly string[] => [caller, ...providers];

/** One way, the other way, or (half of the time) both. */
function someDirections(random: Random, a: string, b: string): Direction[] {
  const there = { from: a, to: b };
  const back = { from: b, to: a };
  const drawn = random.next();
  if (drawn < 0.5) return [there, back];
  return drawn < 0.75 ? [there] : [back];
}

/** All links of one machine. */
const around = (machine: string, cast: Cast): Direction[] =>
  everybody(cast)
    .filter((other) => other !== machine)
    .flatMap((other) => [
      { from: machine, to: other },
      { from: other, to: machine },
    ]);

function pair(random: Random, cast: Cast): [string, string] {
  const a = oneOf(random, everybody(cast));
  return [
    a,
    oneOf(
      random,
      everybody(cast).filter((other) => other !== a),
    ),
  ];
}

function oneOf<T>(random: Random, items: readonly T[]): T {
  return items[Math.floor(random.next() * items.length)] as T;
}
