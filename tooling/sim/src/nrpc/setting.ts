import { type Random, randomBetween, randomInt, shuffle } from "@selvage/core";
import { type AnyContract, type CallShape, defineService } from "@selvage/nrpc";
import type { SeededRandom } from "@selvage/testing";

import { chance, logBetween, oneOf } from "../world/draw.ts";
import type { MachineConfig } from "../world/machine.ts";
import { LONG_REPAIRED_BY_MS, REPAIRED_BY_MS } from "./times.ts";

/** One service, wherever it is served. */
export interface ServiceSetting {
  readonly contract: AnyContract;
  /** Its handlers never fail, anybody may call it, and there is room for all. */
  readonly isCalm: boolean;
}

/** How one machine serves a service. */
export interface ServingSetting {
  readonly service: string;
  readonly priority: number;
  readonly weight: number;
  readonly maxInFlight: number | undefined;
  readonly queue: number;
  /** The machine that may not call it there, by name. */
  readonly denies: string | undefined;
  /** When its handlers throw, whatever they are asked. */
  readonly sick: { readonly fromMs: number; readonly untilMs: number } | undefined;
}

/** What one machine is. */
export interface NodeSetting extends MachineConfig {
  readonly peers: readonly string[];
  readonly serves: readonly ServingSetting[];
  /** Nested calls inherit without naming their parent. */
  readonly isAmbient: boolean;
  /** Keys are recognised by a store of its own, a tiny one, or one that all share. */
  readonly store: "own" | "tiny" | "shared";
}

/** What a run is about, before anything happens in it. */
export interface Setting {
  /** The first is the one that is never killed, closed or frozen. */
  readonly machines: readonly NodeSetting[];
  readonly services: ReadonlyMap<string, ServiceSetting>;
  /** When all troubles end, in virtual milliseconds. */
  readonly repairedByMs: number;
  readonly faultGapMs: number;
  /** Mean time between two calls, in milliseconds. */
  readonly callGapMs: number;
}

export const SHAPES: readonly CallShape[] = [
  "unary",
  "server-stream",
  "client-stream",
  "bidirectional",
];

/** Draws what a run is about. */
export function drawSetting(random: SeededRandom): Setting {
  const names = Array.from({ length: logBetween(random, 3, 8) }, (_, i) => `n${i + 1}`);
  const services = drawServices(random.split("services"));
  const isLong = chance(random, 0.1);
  const repairedByMs = isLong ? LONG_REPAIRED_BY_MS : REPAIRED_BY_MS;
  const serves = new Map<string, ServingSetting[]>(names.map((name) => [name, []]));
  for (const service of services) {
    for (const [name, serving] of drawServing(random.split(service.contract.name), service, {
      names,
      repairedByMs,
    })) {
      serves.get(name)?.push(serving);
    }
  }
  const isShared = chance(random, 0.25);
  const isAmbient = chance(random, 0.3);
  return {
    machines: names.map((name, i) => ({
      name,
      peers: drawPeers(random, names, i),
      serves: serves.get(name) ?? [],
      isAmbient,
      store: isShared ? "shared" : chance(random, 0.15) ? "tiny" : "own",
      skewPpm: randomBetween(random, -100, 100),
      wallOffsetMs: randomBetween(random, -3_600_000, 3_600_000),
    })),
    services: new Map(services.map((service) => [service.contract.name, service])),
    repairedByMs,
    faultGapMs: logBetween(random, 500, 2_500) * (isLong ? 2 : 1),
    callGapMs: logBetween(random, 50, 140) * (isLong ? 2 : 1),
  };
}

/** Two calm services, one of each shape besides, and one that must not run twice. */
function drawServices(random: Random): readonly ServiceSetting[] {
  const calm = shuffle(random, SHAPES)
    .slice(0, 2)
    .map((shape) => ({ shape, isCalm: true, idempotent: true }));
  const wild = [...SHAPES, "unary" as const].map((shape, i) => ({
    shape,
    isCalm: false,
    idempotent: i < SHAPES.length && chance(random, 0.6),
  }));
  return [...calm, ...wild].map(({ shape, isCalm, idempotent }, i) => ({
    contract: defineService({ name: `sim/s${i + 1}`, shape, idempotent }),
    isCalm,
  }));
}

/** Who serves it, and how; the first machine seldom does. */
function drawServing(
  random: Random,
  { contract, isCalm }: ServiceSetting,
  { names, repairedByMs }: { readonly names: readonly string[]; readonly repairedByMs: number },
): readonly (readonly [string, ServingSetting])[] {
  const [first = "", ...others] = names;
  const able = chance(random, 0.2) ? names : others;
  const count = Math.min(able.length, (isCalm ? 2 : 1) + randomInt(random, 3));
  // Now and then a service fails wherever it is served.
  const sickFrom = randomBetween(random, 1_000, repairedByMs - 3_000);
  const sickness = { fromMs: sickFrom, untilMs: sickFrom + logBetween(random, 500, 3_000) };
  const sickShare = isCalm ? 0 : oneOf(random, [0, 0, 0.5, 1]);
  return shuffle(random, able)
    .slice(0, count)
    .map((name) => [
      name,
      {
        service: contract.name,
        priority: chance(random, 0.2) ? 1 : 0,
        weight: chance(random, 0.3) ? 1 + randomInt(random, 4) : 1,
        maxInFlight: isCalm || chance(random, 0.5) ? undefined : 1 + randomInt(random, 3),
        queue: chance(random, 0.6) ? 1 + randomInt(random, 4) : 0,
        denies:
          isCalm || !chance(random, 0.25)
            ? undefined
            : chance(random, 0.5)
              ? first
              : oneOf(random, names),
        sick: chance(random, sickShare) ? sickness : undefined,
      },
    ]);
}

/** Who is told of whom is drawn, but all hang together. */
function drawPeers(random: Random, names: readonly string[], i: number): readonly string[] {
  const earlier = names[i === 0 ? 1 + randomInt(random, names.length - 1) : randomInt(random, i)];
  const any = chance(random, 0.5) ? oneOf(random, names) : earlier;
  return [...new Set([earlier, any])].filter(
    (peer) => peer !== undefined && peer !== names[i],
  ) as string[];
}
