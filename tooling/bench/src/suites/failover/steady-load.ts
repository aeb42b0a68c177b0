import { setTimeout as sleep } from "node:timers/promises";

import { latencyOf, type Load, type Loads } from "../../processes/load.ts";

/** Makes one call and answers who answered it; the number tells the calls apart. */
export type NamedCall = (number: number) => Promise<string>;

/** The load that {@link steadyLoads} offers. */
export const STEADY = "steady";
/** Providers in each run. */
export const PROVIDERS = 2;
const CALLERS = 4;
const PAUSE_MS = 5;
/** How long both providers may take to be found, in milliseconds. */
const DISCOVERY_MS = 10_000;

/** Waits until each provider has answered; then the client can be put under load. */
export async function steadyLoads(call: NamedCall): Promise<Loads> {
  const until = performance.now() + DISCOVERY_MS;
  const names = new Set<string>();
  for (let number = 0; names.size < PROVIDERS; number++) {
    if (performance.now() > until) throw new Error(`${names.size} of ${PROVIDERS} providers`);
    try {
      names.add(await call(number));
    } catch {
      // They may not be there yet.
    }
    await sleep(PAUSE_MS);
  }
  return { [STEADY]: steadyLoad(call) };
}

/** A few callers who pause after each call, and who go on when one fails. */
export function steadyLoad(call: NamedCall): Load {
  return async (ms) => {
    const times: number[] = [];
    let [next, failed] = [0, 0];
    const begin = performance.now();
    const end = begin + ms;
    const caller = async (): Promise<void> => {
      for (let startedAt = begin; startedAt < end; startedAt = performance.now()) {
        try {
          await call(next++);
        } catch {
          failed++;
        }
        times.push(performance.now() - startedAt);
        await sleep(PAUSE_MS);
      }
    };
    await Promise.all(Array.from({ length: CALLERS }, caller));
    const elapsedMs = performance.now() - begin;
    return { count: times.length, elapsedMs, failed, latency: latencyOf(times) };
  };
}
