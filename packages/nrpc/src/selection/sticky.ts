import type { Provider } from "./provider.ts";
import { claim, hashText } from "./rendezvous.ts";
import type { Selector } from "./selector.ts";

/**
 * The same provider for the same key, by weight. When providers come and go, only those keys move
 * that must: the ones of a provider that went, and those that a new one gets.
 */
export function createSticky(): Selector {
  return {
    select(_service, providers, stickyKey = "") {
      const key = hashText(stickyKey);
      let best = providers[0] as Provider;
      let highest = Number.NEGATIVE_INFINITY;
      for (const provider of providers) {
        const claimed = claim(key, provider.nodeId, provider.offer.weight);
        if (claimed > highest) [best, highest] = [provider, claimed];
      }
      return best;
    },
  };
}
