import { type Call, closedLoop } from "../../processes/closed-loop.ts";
import type { Loads } from "../../processes/load.ts";
import { latencyFigures, type MeasuredLoad, rateFigure } from "../../processes/measured-load.ts";

/** How many calls are under way at any time, from one load to the next. */
const IN_FLIGHT = [1, 16, 64, 256] as const;

/** Calls, so many under way at any time: how long each took, and how many were answered. */
function underWay(calls: number): MeasuredLoad {
  return {
    load: `underWay${calls}`,
    of: String(calls),
    counted: "call",
    figures: (result) => [
      ...latencyFigures(result, `latency${calls}`, `latencyP99At${calls}`),
      rateFigure(result, `throughput${calls}`, "calls/s"),
    ],
  };
}

/** Calls one at a time. */
export const oneAtATime: MeasuredLoad = underWay(1);

/** One at a time, and more and more at once. */
export const allLoads: readonly MeasuredLoad[] = IN_FLIGHT.map(underWay);

/** All of them, for a client that makes its calls like this. */
export function callLoads(call: Call): Loads {
  return Object.fromEntries(
    IN_FLIGHT.map((calls) => [underWay(calls).load, closedLoop(call, calls)]),
  );
}
