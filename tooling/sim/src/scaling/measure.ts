import type { CryptoProvider } from "@selvage/identity";
import { createSimulation } from "@selvage/testing";

import { Station } from "./station.ts";

/** What a mesh of one size costs; times in virtual milliseconds. */
export interface ScalingFigures {
  readonly nodes: number;
  /** From the start of the last node until all know all. */
  readonly convergenceMs: number;
  /** From a change at one node until all know of it. */
  readonly newsMs: number;
  /** From a goodbye until nobody finds the node. */
  readonly goodbyeMs: number;
  /** Sent by a node per minute when nothing changes but what is renewed. */
  readonly bytesPerNodeMinute: number;
  readonly sessionsPerNode: number;
}

/** Nodes started per virtual second: a large roll-out. */
const STARTS_PER_SECOND = 50;
/** How often one looks whether it is so far, in virtual milliseconds. */
const LOOK_MS = 2;
const LIMIT_MS = 120_000;
/** Renewals come every 100 s: as long as that is looked at. */
const QUIET_MS = 100_000;

/** Measures a mesh in virtual time, on links of 1 to 3 ms without loss. */
export async function measureScaling(
  nodes: number,
  crypto: CryptoProvider,
  quietMs: number = QUIET_MS,
): Promise<ScalingFigures> {
  const sim = createSimulation({ seed: nodes, link: { latencyMs: 1, jitterMs: 2 } });
  const stations: Station[] = [];
  const until = async (condition: () => boolean): Promise<number> => {
    const since = sim.now;
    while (!condition()) {
      if (sim.now - since > LIMIT_MS) throw new Error(`${nodes} nodes: not within ${LIMIT_MS} ms`);
      await sim.runFor(LOOK_MS);
    }
    return sim.now - since;
  };
  for (let number = 0; number < nodes; number++) {
    const station = new Station(sim, number, crypto);
    const earlier = stations[number % Math.min(8, Math.max(1, number))];
    stations.push(station);
    if (earlier !== undefined) void station.join(earlier);
    await sim.runFor(1_000 / STARTS_PER_SECOND);
  }
  const knows = (count: number, tag?: string) => (): boolean =>
    stations.every(({ index }) => index.find(tag ? { tags: [tag] } : {}).length === count);
  const convergenceMs = await until(knows(nodes));
  const before = total(stations);
  await sim.runFor(quietMs);
  const bytesPerNodeMinute = ((total(stations) - before) / nodes / quietMs) * 60_000;
  const sessions = stations.reduce((sum, station) => sum + station.sessions, 0);
  stations[0]?.say("news");
  const newsMs = await until(knows(1, "news"));
  stations.shift()?.close();
  const goodbyeMs = await until(knows(nodes - 1));
  return {
    nodes,
    convergenceMs,
    newsMs,
    goodbyeMs,
    bytesPerNodeMinute: Math.round(bytesPerNodeMinute),
    sessionsPerNode: Math.round((sessions / nodes) * 10) / 10,
  };
}

const total = (stations: readonly Station[]): number =>
  stations.reduce((sum, { bytesSent }) => sum + bytesSent, 0);
