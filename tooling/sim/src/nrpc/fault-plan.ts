import { type Random, randomBetween } from "@selvage/core";

import { logBetween, oneOf } from "../world/draw.ts";
import type { PlannedFault } from "../world/faults.ts";
import { drawMeshFaults } from "../world/mesh-faults.ts";
import type { Setting } from "./setting.ts";
import { FAULTS_FROM_MS } from "./times.ts";

/** Freezes besides, each as long as some deadline or other. */
const FREEZES = 2;

/** What goes wrong in a run, in the order of time: of everything something, and of freezes more. */
export function planFaults(random: Random, setting: Setting): PlannedFault[] {
  const { machines, repairedByMs: untilMs, faultGapMs: meanGapMs } = setting;
  const [caller = "", ...providers] = machines.map(({ name }) => name);
  const times = { fromMs: FAULTS_FROM_MS, untilMs, meanGapMs };
  const freezes = Array.from({ length: FREEZES }, (): PlannedFault => {
    const forMs = logBetween(random, 300, 3_000);
    return {
      atMs: randomBetween(random, FAULTS_FROM_MS, untilMs - forMs),
      forMs,
      fault: { kind: "freeze", machine: oneOf(random, providers) },
    };
  });
  const all = [...freezes, ...drawMeshFaults(random, { caller, providers }, times)];
  return all.toSorted((a, b) => a.atMs - b.atMs);
}
