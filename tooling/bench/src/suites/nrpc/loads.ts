import { type Call, closedLoop } from "../../processes/closed-loop.ts";
import type { Loads } from "../../processes/load.ts";
import { latencyFigures, type MeasuredLoad, rateFigure } from "../../processes/measured-load.ts";

/** Calls one at a time. */
export const oneAtATime: MeasuredLoad = {
  load: "oneAtATime",
  of: "1",
  counted: "call",
  figures: (result) => latencyFigures(result, "latency1", "latencyP99At1"),
};

/** Calls, 64 under way at any time. */
export const sixtyFourAtATime: MeasuredLoad = {
  load: "sixtyFourAtATime",
  of: "64",
  counted: "call",
  figures: (result) => [rateFigure(result, "throughput64", "calls/s")],
};

/** Both, for a client that makes its calls like this. */
export function callLoads(call: Call): Loads {
  return { [oneAtATime.load]: closedLoop(call, 1), [sixtyFourAtATime.load]: closedLoop(call, 64) };
}
