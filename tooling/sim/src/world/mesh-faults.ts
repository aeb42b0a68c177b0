import { type Random, randomBetween } from "@selvage/core";

import { around, drawWeighted, gapMs, logBetween, oneOf, someDirections } from "./draw.ts";
import type { PlannedFault } from "./faults.ts";

/** Who there is, by name. */
export interface Cast {
  /** Never killed, closed or frozen. */
  readonly caller: string;
  readonly providers: readonly string[];
}

/** When things go wrong, in virtual milliseconds. */
export interface FaultTimes {
  readonly fromMs: number;
  /** By then all is repaired. */
  readonly untilMs: number;
  readonly meanGapMs: number;
}

type Draw = (random: Random, cast: Cast) => Omit<PlannedFault, "atMs">;

/** Kinds of faults with their weights. */
const draws: readonly { readonly weight: number; readonly draw: Draw }[] = [
  {
    weight: 5,
    draw: (random, { providers }) => ({
      fault: { kind: "kill", machine: oneOf(random, providers) },
      forMs: logBetween(random, 50, 8_000),
    }),
  },
  {
    weight: 3,
    draw: (random, { providers }) => ({
      fault: { kind: "close", machine: oneOf(random, providers) },
      forMs: logBetween(random, 200, 8_000),
    }),
  },
  {
    weight: 5,
    draw: (random, { providers }) => ({
      fault: { kind: "freeze", machine: oneOf(random, providers) },
      forMs: logBetween(random, 60, 14_000),
    }),
  },
  {
    weight: 2,
    draw: (random, cast) => ({
      fault: { kind: "stall", machine: oneOf(random, everybody(cast)) },
      forMs: logBetween(random, 60, 900),
    }),
  },
  {
    weight: 5,
    draw: (random, { caller, providers }) => ({
      fault: {
        kind: "partition",
        directions: someDirections(random, caller, oneOf(random, providers)),
      },
      forMs: logBetween(random, 100, 14_000),
    }),
  },
  {
    weight: 2,
    draw: (random, cast) => ({
      fault: {
        kind: "partition",
        directions: around(oneOf(random, everybody(cast)), everybody(cast)),
      },
      forMs: logBetween(random, 100, 12_000),
    }),
  },
  {
    weight: 1,
    draw: (random, cast) => ({
      fault: { kind: "partition", directions: someDirections(random, ...pair(random, cast)) },
      forMs: logBetween(random, 1_000, 14_000),
    }),
  },
  {
    weight: 3,
    draw: (random, { caller, providers }) => ({
      fault: {
        kind: "trouble",
        directions: someDirections(random, caller, oneOf(random, providers)),
        trouble: { lossRate: randomBetween(random, 0.3, 1) },
      },
      forMs: logBetween(random, 100, 5_000),
    }),
  },
  {
    weight: 2,
    draw: (random, cast) => ({
      fault: {
        kind: "trouble",
        directions: around(cast.caller, everybody(cast)),
        trouble: { lossRate: randomBetween(random, 0.2, 0.9) },
      },
      forMs: logBetween(random, 100, 3_000),
    }),
  },
];

/** What goes wrong in a mesh with somebody who calls, in the order of time. */
export function drawMeshFaults(
  random: Random,
  cast: Cast,
  { fromMs, untilMs, meanGapMs }: FaultTimes,
): PlannedFault[] {
  const plan: PlannedFault[] = [];
  for (let atMs = fromMs; ;) {
    atMs += Math.min(6_000, gapMs(random, meanGapMs));
    if (atMs > untilMs - 500) break;
    const drawn = drawWeighted(random, draws).draw(random, cast);
    plan.push({ ...drawn, atMs, forMs: Math.min(drawn.forMs, untilMs - atMs) });
  }
  return plan;
}

const everybody = ({ caller, providers }: Cast): readonly string[] => [caller, ...providers];

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
