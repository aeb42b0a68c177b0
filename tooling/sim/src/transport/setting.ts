import { type Random, randomBetween, randomInt } from "@selvage/core";
import type { LinkConfig, SeededRandom } from "@selvage/testing";
import {
  DEFAULT_REASSEMBLY_BUDGET_BYTES,
  DEFAULT_STREAM_WINDOW_BYTES,
  type TransportLimits,
} from "@selvage/transport";

import { chance, logBetween, oneOf } from "../world/draw.ts";
import type { Direction } from "../world/links.ts";
import type { MachineConfig } from "../world/machine.ts";
import { drawLink } from "./link-kinds.ts";
import { HEAL_FROM_MS, HEAL_UNTIL_MS } from "./times.ts";
import { drawEdges, drawMobile, type Edge } from "./topology.ts";

/** What one node is like. */
export interface StationSetting extends MachineConfig {
  readonly limits: Pick<
    TransportLimits,
    | "streamWindowBytes"
    | "maxOpenStreams"
    | "maxMessageBytes"
    | "reassemblyBudgetBytes"
    | "reassemblyStallMs"
    | "keyPhasePackets"
    | "sessionLifetimeMs"
  >;
  readonly receiveBufferBytes: number;
  /** Its keys: the first dials, all are accepted. */
  readonly pskOrder: readonly number[];
  /** Its address may change. */
  readonly isMobile: boolean;
}

/** What a link is normally like, in one direction. */
export interface LinkSetting {
  readonly direction: Direction;
  readonly config: LinkConfig;
}

/** What a run is about, before anything happens in it. */
export interface Setting {
  readonly stations: readonly StationSetting[];
  readonly edges: readonly Edge[];
  readonly links: readonly LinkSetting[];
  /** When all troubles end, in virtual milliseconds. */
  readonly healAtMs: number;
  /** Mean time between two faults, in milliseconds. */
  readonly faultGapMs: number;
  /** Mean time between two uses of streams, in milliseconds. */
  readonly trafficGapMs: number;
  /** Messages of many megabytes are sent too. */
  readonly allowsHuge: boolean;
}

/** Two nodes most often, six at most. */
const NODE_COUNTS = [2, 2, 2, 3, 3, 4, 5, 6] as const;
const NAMES = ["ada", "bob", "cyd", "dee", "eve", "fay"] as const;

/** Draws what a run is about. */
export function drawSetting(random: SeededRandom): Setting {
  const names = NAMES.slice(0, oneOf(random, NODE_COUNTS));
  const edges = drawEdges(random.split("edges"), names);
  const mobile = drawMobile(random.split("mobile"), names, edges);
  const isRotating = chance(random, 0.25);
  const allowsHuge = chance(random, 0.06);
  return {
    edges,
    allowsHuge,
    stations: names.map((name) => ({
      ...drawStation(random.split(`station ${name}`), { isRotating, allowsHuge }),
      name,
      isMobile: mobile.has(name),
    })),
    links: edges
      .filter(({ isSeparated }) => !isSeparated)
      .flatMap(({ a, b }) => drawLinks(random.split(`links ${a} ${b}`), a, b)),
    healAtMs: logBetween(random, HEAL_FROM_MS, HEAL_UNTIL_MS),
    faultGapMs: logBetween(random, 700, 5_000),
    trafficGapMs: logBetween(random, 120, 900),
  };
}

function drawStation(
  random: Random,
  { isRotating, allowsHuge }: { readonly isRotating: boolean; readonly allowsHuge: boolean },
): Omit<StationSetting, "name" | "isMobile"> {
  const maxMessageBytes = allowsHuge ? 16_777_216 : logBetween(random, 262_144, 4_194_304);
  const isUsual = chance(random, 0.5);
  return {
    skewPpm: randomBetween(random, -100, 100),
    wallOffsetMs: randomBetween(random, -3_600_000, 3_600_000),
    limits: {
      maxMessageBytes,
      streamWindowBytes: isUsual ? DEFAULT_STREAM_WINDOW_BYTES : logBetween(random, 4_096, 262_144),
      maxOpenStreams: isUsual ? 1_024 : logBetween(random, 16, 1_024),
      reassemblyBudgetBytes: isUsual
        ? DEFAULT_REASSEMBLY_BUDGET_BYTES
        : logBetween(random, maxMessageBytes, DEFAULT_REASSEMBLY_BUDGET_BYTES),
      reassemblyStallMs: isUsual ? 10_000 : logBetween(random, 3_000, 20_000),
      // In a minute of play, keys and sessions must grow as old as they otherwise do in days.
      keyPhasePackets: logBetween(random, 50, 100_000),
      sessionLifetimeMs: logBetween(random, 10_000, 400_000),
    },
    receiveBufferBytes: oneOf(random, [65_536, 212_992, 212_992, 4_194_304]),
    pskOrder: isRotating ? oneOf(random, ROTATIONS) : [0],
  };
}

/** Half of the mesh has begun to use the new key. */
const ROTATIONS: readonly (readonly number[])[] = [
  [0, 1],
  [1, 0],
];

function drawLinks(random: Random, a: string, b: string): LinkSetting[] {
  const there = drawLink(random);
  // A link is mostly, but not always, alike both ways.
  const back = chance(random, 0.7) ? there : drawLink(random);
  return [
    { direction: { from: a, to: b }, config: there },
    { direction: { from: b, to: a }, config: back },
  ];
}

/** The names at both ends of an edge, in a random order. */
export const eitherWay = (random: Random, { a, b }: Edge): readonly [string, string] =>
  randomInt(random, 2) === 0 ? [a, b] : [b, a];
