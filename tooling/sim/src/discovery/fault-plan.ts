import { type Random, randomBetween, randomInt, shuffle } from "@selvage/core";

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
import type { Direction } from "../world/links.ts";
import { MAX_WALL_OFFSET_MS, type Setting } from "./setting.ts";
import { TROUBLE_FROM_MS } from "./times.ts";

type Draw = (random: Random, names: readonly string[]) => readonly Omit<PlannedFault, "atMs">[];

/** Kinds of faults with their weights. */
const draws: readonly { readonly weight: number; readonly draw: Draw }[] = [
  { weight: 5, draw: atSomebody("kill", 50, 12_000) },
  { weight: 4, draw: atSomebody("close", 100, 8_000) },
  { weight: 3, draw: atSomebody("freeze", 100, 14_000) },
  { weight: 1, draw: atSomebody("suspend", 100, 8_000) },
  { weight: 1, draw: atSomebody("stall", 50, 900) },
  {
    weight: 1,
    draw: (random, names) => {
      const forMs = logBetween(random, 50, 4_000);
      const some = someOf(random, names, 2, 8);
      return some.map((machine) => ({ fault: { kind: "kill", machine }, forMs }));
    },
  },
  {
    weight: 3,
    draw: (random, names) => {
      const [a = "", b = ""] = shuffle(random, names);
      const fault = { kind: "partition", directions: someDirections(random, a, b) } as const;
      return [{ fault, forMs: logBetween(random, 100, 20_000) }];
    },
  },
  {
    weight: 3,
    draw: (random, names) => {
      const directions = oneWay(random, around(oneOf(random, names), names));
      return [{ fault: { kind: "partition", directions }, forMs: logBetween(random, 100, 20_000) }];
    },
  },
  {
    weight: 2,
    draw: (random, names) => [split(random, names, logBetween(random, 100, 20_000))],
  },
  {
    weight: 2,
    draw: (random, names) => {
      const directions = oneWay(random, around(oneOf(random, names), names));
      const trouble = { lossRate: randomBetween(random, 0.3, 1) };
      const forMs = logBetween(random, 100, 8_000);
      return [{ fault: { kind: "trouble", directions, trouble }, forMs }];
    },
  },
];

/**
 * What goes wrong in a run, in the order of time. Some members leave for good, one way or the
 * other; clocks are set, mostly while nobody runs on them; in a long run the mesh falls apart for
 * longer than the shortest lifetime. All else is drawn, and repaired when its time has come.
 */
export function planFaults(random: Random, setting: Setting): PlannedFault[] {
  const names = setting.members.map(({ name }) => name);
  const plan = [...planDepartures(random, setting), ...planClocks(random, setting)];
  if (setting.isLong) plan.push(...planLongSplit(random, names, setting.repairAtMs));
  for (let atMs = TROUBLE_FROM_MS; ;) {
    atMs += gapMs(random, setting.faultGapMs);
    const leftMs = setting.repairAtMs - atMs;
    if (leftMs < MIN_FAULT_MS) break;
    for (const drawn of drawWeighted(random, draws).draw(random, names)) {
      plan.push({ ...drawn, atMs, forMs: Math.min(drawn.forMs, leftMs) });
    }
  }
  return plan.toSorted((a, b) => a.atMs - b.atMs);
}

const MIN_FAULT_MS = 50;

/**
 * Up to three that nobody joins through go, early, and never come back. In a long run one dies
 * without a word, so that it must be forgotten by the end.
 */
function planDepartures(random: Random, setting: Setting): PlannedFault[] {
  const { members, hubs, repairAtMs, isLong } = setting;
  const others = members.map(({ name }) => name).filter((name) => !hubs.includes(name));
  const untilMs = TROUBLE_FROM_MS + (repairAtMs - TROUBLE_FROM_MS) / (isLong ? 20 : 4);
  return someOf(random, others, isLong ? 1 : 0, 3).map((machine, i) => ({
    atMs: randomBetween(random, TROUBLE_FROM_MS, untilMs),
    forMs: Number.POSITIVE_INFINITY,
    fault: { kind: (isLong && i === 0) || chance(random, 0.5) ? "kill" : "close", machine },
  }));
}

/**
 * The mesh falls apart for longer than the shortest lifetime. Towards the end of it somebody's clock
 * is set back while its process is being replaced: others have forgotten what it said, and remember
 * only in which version.
 */
function planLongSplit(
  random: Random,
  names: readonly string[],
  repairAtMs: number,
): PlannedFault[] {
  const atMs = randomBetween(random, TROUBLE_FROM_MS, TROUBLE_FROM_MS + 8_000);
  const forMs = Math.min(randomBetween(random, 33_000, 40_000), repairAtMs - atMs);
  const machine = oneOf(random, names);
  const diesAtMs = atMs + forMs - randomBetween(random, 1_500, 3_000);
  const byMs = -Math.round(randomBetween(random, 60_000, 3_600_000));
  return [
    { ...split(random, names, forMs), atMs },
    { atMs: diesAtMs, forMs: 1_000, fault: { kind: "kill", machine } },
    {
      atMs: diesAtMs + 500,
      forMs: Number.POSITIVE_INFINITY,
      fault: { kind: "clock-step", machine, byMs },
    },
  ];
}

/** Some clocks are set; most of them while the process on them is being replaced. */
function planClocks(random: Random, { members, repairAtMs }: Setting): PlannedFault[] {
  return shuffle(random, members)
    .slice(0, 1 + randomInt(random, 4))
    .flatMap(({ name, wallOffsetMs }) => {
      const atMs = randomBetween(random, TROUBLE_FROM_MS, repairAtMs - 3_000);
      const toMs = randomBetween(random, -MAX_WALL_OFFSET_MS, MAX_WALL_OFFSET_MS);
      const step: PlannedFault = {
        atMs,
        forMs: Number.POSITIVE_INFINITY,
        fault: { kind: "clock-step", machine: name, byMs: Math.round(toMs - wallOffsetMs) },
      };
      if (chance(random, 0.3)) return [step];
      const kind = chance(random, 0.5) ? "kill" : "close";
      const pauseMs = Math.min(logBetween(random, 1_000, 6_000), repairAtMs - atMs);
      // Closing takes a moment: the clock is set behind it.
      return [{ atMs: atMs - 900, forMs: pauseMs + 900, fault: { kind, machine: name } }, step];
    });
}

/** The mesh falls into two parts, which may still hear one of each other. */
function split(
  random: Random,
  names: readonly string[],
  forMs: number,
): Omit<PlannedFault, "atMs"> {
  const some = someOf(random, names, 2, names.length / 2);
  const others = names.filter((name) => !some.includes(name));
  const directions = some.flatMap((from) => others.map((to) => ({ from, to })));
  const back = directions.map(({ from, to }) => ({ from: to, to: from }));
  const drawn = random.next();
  const both = drawn < 0.6 ? [...directions, ...back] : drawn < 0.8 ? directions : back;
  return { fault: { kind: "partition", directions: both }, forMs };
}

/** All of them, or (half of the time) only those that lead one way. */
function oneWay(random: Random, pairs: readonly Direction[]): readonly Direction[] {
  const drawn = random.next();
  if (drawn < 0.5) return pairs;
  return pairs.filter((_, i) => i % 2 === (drawn < 0.75 ? 0 : 1));
}

function someOf(
  random: Random,
  names: readonly string[],
  least: number,
  most: number,
): readonly string[] {
  return shuffle(random, names).slice(0, least + randomInt(random, most - least + 1));
}

function atSomebody(
  kind: "kill" | "close" | "freeze" | "suspend" | "stall",
  lowMs: number,
  highMs: number,
): Draw {
  return (random, names) => [
    { fault: { kind, machine: oneOf(random, names) }, forMs: logBetween(random, lowMs, highMs) },
  ];
}
