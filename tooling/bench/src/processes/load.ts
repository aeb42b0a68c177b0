import { quantile, toSorted } from "../stats.ts";

/** What came of a load. */
export interface LoadResult {
  /** Calls that were made, or messages that were counted at the other end. */
  readonly count: number;
  readonly elapsedMs: number;
  /** How many of them failed; only where a load goes on after that. */
  readonly failed?: number;
  /** How long single calls took; only where each was waited for. */
  readonly latency?: Latency;
}

/** A distribution, in milliseconds. */
export interface Latency {
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly worstMs: number;
}

/** Boils down how long single calls took. */
export function latencyOf(times: readonly number[]): Latency {
  const sorted = toSorted(times);
  const at = (q: number): number => quantile(sorted, q);
  return { medianMs: at(0.5), p99Ms: at(0.99), worstMs: at(1) };
}

/** Puts a client under load for about so many milliseconds. */
export type Load = (ms: number) => Promise<LoadResult>;

/** What a client can be asked to do, by name. */
export type Loads = Readonly<Record<string, Load>>;
