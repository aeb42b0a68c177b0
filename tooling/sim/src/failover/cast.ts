import { randomBetween, randomInt } from "@selvage/core";
import type { LinkConfig, SeededRandom } from "@selvage/testing";

import { MeshMachine, type MeshMachineParts } from "./mesh-machine.ts";

/** Who there is, by name. */
export interface Cast {
  readonly caller: string;
  readonly providers: readonly string[];
}

/** Who there is in every run. */
export const cast: Cast = { caller: "caller", providers: ["alpha", "beta", "gamma"] };

/** From a fast and clean network to a slow and dirty one. */
export function drawLink(random: SeededRandom): LinkConfig {
  return {
    latencyMs: randomBetween(random, 0.2, 25),
    jitterMs: randomBetween(random, 0, 25),
    lossRate: randomBetween(random, 0, 0.06),
    duplicateRate: randomBetween(random, 0, 0.05),
    reorderRate: randomBetween(random, 0, 0.05),
    reorderMs: randomBetween(random, 5, 60),
  };
}

/** Everybody, the caller first. Who is told of whom at the start is drawn, but all hang together. */
export function makeMachines(parts: MeshMachineParts): Map<string, MeshMachine> {
  const random = parts.sim.random.split("machines");
  const names = [cast.caller, ...cast.providers];
  const machines = new Map<string, MeshMachine>();
  names.forEach((name, i) => {
    const earlier = names[i === 0 ? 1 + randomInt(random, names.length - 1) : randomInt(random, i)];
    const any = names[randomInt(random, names.length)];
    const peers = new Set([earlier, random.next() < 0.5 ? any : earlier]);
    machines.set(
      name,
      new MeshMachine(parts, {
        name,
        peers: [...peers].filter((peer) => peer !== undefined && peer !== name) as string[],
        provides: name !== cast.caller,
        skewPpm: randomBetween(random, -100, 100),
        wallOffsetMs: randomBetween(random, -3_600_000, 3_600_000),
      }),
    );
  });
  return machines;
}
