import { type Random, randomBetween } from "@selvage/core";

import {
  around,
  chance,
  drawWeighted,
  gapMs,
  logBetween,
  oneOf,
  someDirections,
} from "../world/draw.ts";
import type { PlannedFault } from "../world/faults.ts";
import type { Setting } from "./setting.ts";
import { FAULTS_FROM_MS } from "./times.ts";

type Draw = (random: Random, setting: Setting) => Omit<PlannedFault, "atMs"> | undefined;

/** Kinds of faults with their weights. */
const draws: readonly { readonly weight: number; readonly draw: Draw }[] = [
  { weight: 4, draw: atSomebody("kill", 20, 15_000) },
  { weight: 2, draw: atSomebody("close", 50, 8_000) },
  { weight: 4, draw: atSomebody("freeze", 30, 16_000) },
  { weight: 1, draw: atSomebody("suspend", 100, 12_000) },
  { weight: 2, draw: atSomebody("stall", 20, 1_500) },
  {
    weight: 4,
    draw: (random, { stations }) => {
      const mobile = stations.filter(({ isMobile }) => isMobile);
      if (mobile.length === 0) return undefined;
      return { fault: { kind: "rebind", machine: oneOf(random, mobile).name }, forMs: 1 };
    },
  },
  {
    weight: 5,
    draw: (random, { links }) => {
      const { from, to } = oneOf(random, links).direction;
      return {
        fault: { kind: "partition", directions: someDirections(random, from, to) },
        forMs: logBetween(random, 50, 16_000),
      };
    },
  },
  {
    weight: 1,
    draw: (random, { stations }) => {
      const names = stations.map(({ name }) => name);
      return {
        fault: { kind: "partition", directions: around(oneOf(random, names), names) },
        forMs: logBetween(random, 50, 14_000),
      };
    },
  },
  {
    weight: 4,
    draw: (random, { links }) => {
      const { from, to } = oneOf(random, links).direction;
      return {
        fault: {
          kind: "trouble",
          directions: someDirections(random, from, to),
          trouble: { lossRate: randomBetween(random, 0.1, 1) },
        },
        forMs: logBetween(random, 50, 6_000),
      };
    },
  },
  {
    // Another way through the network: narrower, and for smaller packets.
    weight: 3,
    draw: (random, { links }) => {
      const { from, to } = oneOf(random, links).direction;
      const bandwidthBps = logBetween(random, 400_000, 20_000_000);
      return {
        fault: {
          kind: "trouble",
          directions: someDirections(random, from, to),
          trouble: { mtuBytes: 1_200, ...(chance(random, 0.5) ? { bandwidthBps } : {}) },
        },
        forMs: logBetween(random, 500, 15_000),
      };
    },
  },
];

/** What goes wrong in a run, in the order of time. Everything is repaired when all is healed. */
export function planFaults(random: Random, setting: Setting): PlannedFault[] {
  const { healAtMs, faultGapMs } = setting;
  const plan: PlannedFault[] = [];
  for (let atMs = FAULTS_FROM_MS; ;) {
    atMs += gapMs(random, faultGapMs);
    if (atMs > healAtMs - MIN_FAULT_MS) return plan;
    const drawn = drawWeighted(random, draws).draw(random, setting);
    if (drawn === undefined) continue;
    plan.push({ ...drawn, atMs, forMs: Math.min(drawn.forMs, healAtMs - atMs) });
  }
}

const MIN_FAULT_MS = 50;

function atSomebody(
  kind: "kill" | "close" | "freeze" | "suspend" | "stall",
  lowMs: number,
  highMs: number,
): Draw {
  return (random, { stations }) => ({
    fault: { kind, machine: oneOf(random, stations).name },
    forMs: logBetween(random, lowMs, highMs),
  });
}
