import { pick, type Random } from "@selvage/core";

import { DEFAULT_EXPLORATION_SHARE } from "../defaults.ts";
import type { ProviderLoads } from "./provider-loads.ts";
import type { Provider } from "./provider.ts";
import { drawByWeight } from "./random.ts";
import type { Selector } from "./selector.ts";

/**
 * The provider that answered fastest lately. So that one which was never measured, or not for long,
 * has its chance, a small share of the calls goes to such providers, one call at a time to each. As
 * long as nobody is measured, it is a random one by weight.
 */
export function createLowestLatency(loads: ProviderLoads, random: Random): Selector {
  return {
    select(service, providers) {
      let best: Provider | undefined;
      let lowest = Number.POSITIVE_INFINITY;
      let due: Provider[] | undefined;
      for (const provider of providers) {
        const load = loads.of(service, provider.nodeId);
        const latencyMs = load?.latencyMs ?? Number.POSITIVE_INFINITY;
        if (latencyMs < lowest) [best, lowest] = [provider, latencyMs];
        if ((load?.inFlight ?? 0) === 0 && loads.isDue(load)) (due ??= []).push(provider);
      }
      if (best === undefined) return drawByWeight(random, due ?? providers);
      if (due === undefined || random.next() >= DEFAULT_EXPLORATION_SHARE) return best;
      return pick(random, due) ?? best;
    },
  };
}
