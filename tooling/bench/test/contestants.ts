import type { Contestant, RatioRule, Sample, Suite } from "../src/suite.ts";

/** A contestant who gives one latency per round, or fails where there is an error. */
export function contestant(
  name: string,
  rounds: readonly (number | Error)[],
  peer?: string,
): Contestant {
  let round = 0;
  return {
    name,
    peer,
    run: (): Promise<Sample[]> => {
      const value = rounds[round++] ?? Number.NaN;
      return value instanceof Error
        ? Promise.reject(value)
        : Promise.resolve([{ metric: "latency1", unit: "µs", value }]);
    },
  };
}

/** Ours over theirs, by their latencies. */
export const overPeer: RatioRule = {
  name: "latencyOverPeer1",
  ours: "ours.latency1",
  theirs: "peer.latency1",
  better: "lower",
};

/** A suite of these contestants. */
export function suiteOf(...contestants: Contestant[]): Suite {
  return {
    name: "fixture",
    summary: "numbers of no meaning",
    measureMs: 1,
    rounds: 5,
    contestants,
    ratios: [overPeer],
  };
}
