import { latencyOf, type Load } from "./load.ts";

/** Makes one call and checks its answer; the number tells the calls apart. */
export type Call = (number: number) => Promise<void>;

/**
 * Makes calls, each of the given number of callers one after the other. Callers who wait for
 * answers ask no faster than they are answered: that is a fair load to compare by, but no statement
 * on latencies under a load that does not wait.
 */
export function closedLoop(call: Call, inFlight: number): Load {
  return async (ms) => {
    const latencies: number[] = [];
    let next = 0;
    const begin = performance.now();
    const end = begin + ms;
    const caller = async (): Promise<void> => {
      let startedAt = performance.now();
      // At least one, even if a busy machine let the time pass before the first.
      do {
        await call(next++);
        const now = performance.now();
        latencies.push(now - startedAt);
        startedAt = now;
      } while (startedAt < end);
    };
    await Promise.all(Array.from({ length: inFlight }, caller));
    const elapsedMs = performance.now() - begin;
    return { count: latencies.length, elapsedMs, latency: latencyOf(latencies) };
  };
}
