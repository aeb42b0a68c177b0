import { type Random, randomInt } from "@selvage/core";

import type { LoadRecord, ProviderLoads } from "./provider-loads.ts";
import type { Provider } from "./provider.ts";
import type { Selector } from "./selector.ts";

/**
 * Of two providers drawn at random, the one where a call has less to wait for: (calls under way +
 * 1) × latency ÷ weight. Two draws are enough to keep the longest queue short, and unlike the best
 * of all they do not send everybody to the same place at once (the power of two choices,
 * Mitzenmacher 2001).
 */
export function createLeastLoaded(loads: ProviderLoads, random: Random): Selector {
  return {
    select(service, providers) {
      const at = randomInt(random, providers.length);
      const one = providers[at] as Provider;
      if (providers.length === 1) return one;
      // Any place but the first one's.
      const step = 1 + randomInt(random, providers.length - 1);
      const other = providers[(at + step) % providers.length] as Provider;
      const [ofOne, ofOther] = [loads.of(service, one.nodeId), loads.of(service, other.nodeId)];
      const [oneMs, otherMs] = [known(loads, ofOne), known(loads, ofOther)];
      // Of whom nothing is known it is presumed to be as fast as the other.
      const oneCost = cost(one, ofOne, oneMs ?? otherMs ?? 1);
      return cost(other, ofOther, otherMs ?? oneMs ?? 1) < oneCost ? other : one;
    },
  };
}

/** A latency that was measured long ago counts only while it is being measured again. */
function known(loads: ProviderLoads, load: LoadRecord | undefined): number | undefined {
  return load !== undefined && load.inFlight === 0 && loads.isDue(load)
    ? undefined
    : load?.latencyMs;
}

function cost({ offer }: Provider, load: LoadRecord | undefined, latencyMs: number): number {
  return (((load?.inFlight ?? 0) + 1) * latencyMs) / offer.weight;
}
