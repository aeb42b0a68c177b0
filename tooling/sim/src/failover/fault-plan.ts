import type { Random } from "@selvage/core";

import { logBetween, oneOf } from "../world/draw.ts";
import type { PlannedFault } from "../world/faults.ts";
import { type Cast, drawMeshFaults } from "../world/mesh-faults.ts";
import { FAULTS_FROM_MS, REPAIRED_BY_MS } from "./times.ts";

/**
 * What goes wrong in a run, in the order of time. One provider is dead for so long that everybody
 * must come to count it as failed; the rest is drawn. Some runs are calm, some are a mess.
 */
export function planFaults(random: Random, cast: Cast): PlannedFault[] {
  const deadMs = logBetween(random, 16_000, 24_000);
  const long: PlannedFault = {
    atMs: logBetween(random, FAULTS_FROM_MS, REPAIRED_BY_MS - deadMs),
    forMs: deadMs,
    fault: { kind: "kill", machine: oneOf(random, cast.providers) },
  };
  const times = {
    fromMs: FAULTS_FROM_MS,
    untilMs: REPAIRED_BY_MS,
    meanGapMs: logBetween(random, 1_200, 4_500),
  };
  return [long, ...drawMeshFaults(random, cast, times)].toSorted((a, b) => a.atMs - b.atMs);
}
