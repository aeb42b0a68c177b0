import { randomBetween, randomInt } from "@selvage/core";

import type { Cast } from "../world/mesh-faults.ts";
import { MeshMachine, type MeshMachineParts } from "../world/mesh-machine.ts";

/** Who there is in every run. */
export const cast: Cast = { caller: "caller", providers: ["alpha", "beta", "gamma"] };

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
        skewPpm: randomBetween(random, -100, 100),
        wallOffsetMs: randomBetween(random, -3_600_000, 3_600_000),
      }),
    );
  });
  return machines;
}
