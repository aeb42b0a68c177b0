import { type Random, randomBetween, randomInt, shuffle } from "@selvage/core";
import type { LinkConfig, SeededRandom } from "@selvage/testing";

import { chance, logBetween, oneOf } from "../world/draw.ts";
import type { MachineConfig } from "../world/machine.ts";
import { LONG_REPAIR_MS, REPAIR_FROM_MS, REPAIR_UNTIL_MS, STARTED_BY_MS } from "./times.ts";

/** What one node is like. */
export interface MemberSetting extends MachineConfig {
  /** The nodes that it is told of at its start, by name. */
  readonly contacts: readonly string[];
  /** Whether it tells others how to dial it. */
  readonly isDialable: boolean;
  readonly relays: boolean;
  readonly ttlSeconds: number;
  /** When its first process starts. */
  readonly startsAtMs: number;
}

/** What a run is about, before anything happens in it. */
export interface Setting {
  readonly members: readonly MemberSetting[];
  /** Those that others join through; they are always there again in the end. */
  readonly hubs: readonly string[];
  readonly link: LinkConfig;
  /** When all troubles end, in virtual milliseconds. */
  readonly repairAtMs: number;
  /** Long enough for a short lifetime to pass while links are cut. */
  readonly isLong: boolean;
  /** Announcements live for 30 to 60 s, and not for 300. */
  readonly hasShortTtl: boolean;
  /** Mean time between two faults, in milliseconds. */
  readonly faultGapMs: number;
  /** Mean time between two things that are said, in milliseconds. */
  readonly sayGapMs: number;
}

/** How many nodes there are. */
export const MEMBERS = 20;
/** Wall clocks differ by little more than twice this: what is off by a day is not believed. */
export const MAX_WALL_OFFSET_MS = 36_000_000;
/** Lifetimes short enough to pass during a run, in seconds. */
const SHORT_TTLS = [30, 30, 40, 60] as const;
const USUAL_TTL = 300;

/** Draws what a run is about. */
export function drawSetting(random: SeededRandom): Setting {
  const names = Array.from({ length: MEMBERS }, (_, i) => `n${String(i + 1).padStart(2, "0")}`);
  const hubs = names.slice(0, 1 + randomInt(random, 3));
  const isLong = chance(random.split("long"), 0.12);
  const hasShortTtl = isLong || chance(random, 0.4);
  // Who cannot be dialled may then be reached all the same: all nodes talk with a hub.
  const isRelayed = chance(random, 0.15);
  const hidden = new Set(shuffle(random, names.slice(hubs.length)).slice(0, randomInt(random, 5)));
  return {
    hubs,
    isLong,
    hasShortTtl,
    members: names.map((name) => ({
      name,
      contacts: drawContacts(random.split(`contacts ${name}`), name, hubs),
      isDialable: !hidden.has(name),
      relays: isRelayed && hubs.includes(name),
      ttlSeconds: hasShortTtl ? oneOf(random, SHORT_TTLS) : USUAL_TTL,
      startsAtMs: randomBetween(random, 0, STARTED_BY_MS),
      skewPpm: randomBetween(random, -100, 100),
      wallOffsetMs: randomBetween(random, -MAX_WALL_OFFSET_MS, MAX_WALL_OFFSET_MS),
    })),
    link: drawLink(random.split("link")),
    repairAtMs: isLong
      ? LONG_REPAIR_MS + randomBetween(random, -4_000, 4_000)
      : logBetween(random, REPAIR_FROM_MS, REPAIR_UNTIL_MS),
    faultGapMs: logBetween(random, 700, 4_000),
    sayGapMs: logBetween(random, 400, 2_000),
  };
}

/** A hub knows the hubs before it; everybody else one or two of them. */
function drawContacts(random: Random, name: string, hubs: readonly string[]): readonly string[] {
  const at = hubs.indexOf(name);
  if (at >= 0) return hubs.slice(0, at);
  return shuffle(random, hubs).slice(0, 1 + randomInt(random, 2));
}

/** From a fast and clean network to a slow one that loses every fifth datagram. */
function drawLink(random: Random): LinkConfig {
  return {
    latencyMs: randomBetween(random, 0.2, 40),
    jitterMs: randomBetween(random, 0, 40),
    lossRate: chance(random, 0.4) ? randomBetween(random, 0.05, 0.2) : random.next() * 0.05,
    duplicateRate: randomBetween(random, 0, 0.05),
    reorderRate: randomBetween(random, 0, 0.05),
    reorderMs: randomBetween(random, 5, 80),
  };
}
