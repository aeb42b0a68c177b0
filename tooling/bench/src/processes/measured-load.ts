import type { Sample } from "../suite.ts";
import type { LoadResult } from "./load.ts";

/** A load, and what is made of its result. */
export interface MeasuredLoad {
  /** One of the client's loads, by name. */
  readonly load: string;
  /** How the metrics end that every load has: `cpu1`, `loopDelay1`. */
  readonly of: string;
  /** What the load counts, in the singular: `call`. */
  readonly counted: string;
  readonly figures: (result: LoadResult) => readonly Sample[];
}

/** The median and the 99th percentile of what single calls took, under the given names. */
export function latencyFigures(
  { latency }: LoadResult,
  medianName: string,
  p99Name: string,
): Sample[] {
  if (latency === undefined) throw new TypeError(`a load without latencies has no ${medianName}`);
  return [
    { metric: medianName, unit: "µs", value: latency.medianMs * 1_000 },
    { metric: p99Name, unit: "µs", value: latency.p99Ms * 1_000 },
  ];
}

/** How much was done per second, where each thing counted is `amount` of the unit. */
export function rateFigure(
  { count, elapsedMs }: LoadResult,
  metric: string,
  unit: string,
  amount = 1,
): Sample {
  return { metric, unit, value: (count * amount * 1_000) / elapsedMs };
}
