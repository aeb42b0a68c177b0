import { type Random, randomBetween } from "@selvage/core";

import { around, drawWeighted, gapMs, logBetween, oneOf, someDirections } from "../world/draw.ts";
import type { PlannedFault } from "../world/faults.ts";
import type { Cast } from "./cast.ts";
import { FAULTS_FROM_MS, REPAIRED_BY_MS } from "./times.ts";

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

/**
 * What goes wrong in a run, in the order of time. One provider is dead for so long that everybody
 * must come to count it as failed; the rest is drawn. Some runs are calm, some are a mess.
 */
export function planFaults(random: Random, cast: Cast): PlannedFault[] {
  const plan: PlannedFault[] = [];
  const deadMs = logBetween(random, 16_000, 24_000);
  plan.push({
    atMs: logBetween(random, FAULTS_FROM_MS, REPAIRED_BY_MS - deadMs),
    forMs: deadMs,
    fault: { kind: "kill", machine: oneOf(random, cast.providers) },
  });
  const meanGapMs = logBetween(random, 1_200, 4_500);
  for (let atMs = FAULTS_FROM_MS; ;) {
    atMs += Math.min(6_000, gapMs(random, meanGapMs));
    if (atMs > REPAIRED_BY_MS - 500) break;
    const drawn = drawWeighted(random, draws).draw(random, cast);
    plan.push({ ...drawn, atMs, forMs: Math.min(drawn.forMs, REPAIRED_BY_MS - atMs) });
  }
  return plan.toSorted((a, b) => a.atMs - b.atMs);
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
