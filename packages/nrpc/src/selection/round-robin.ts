import type { NodeId } from "@selvage/core";

import type { Provider } from "./provider.ts";
import type { Selector } from "./selector.ts";

/** Services whose turn order is remembered. */
const MAX_ROTATIONS = 1_024;

/**
 * Smooth weighted round-robin: each provider gains its weight per pick, the richest is picked and
 * pays the total. Shares are exact and picks of one provider are spread out.
 */
export function createRoundRobin(): Selector {
  const rotations = new Map<string, Map<NodeId, number>>();
  return {
    select(service, providers) {
      let credits = rotations.get(service);
      if (credits === undefined) {
        if (rotations.size >= MAX_ROTATIONS) rotations.clear();
        credits = new Map();
        rotations.set(service, credits);
      }
      let total = 0;
      let best = providers[0] as Provider;
      let bestCredit = Number.NEGATIVE_INFINITY;
      for (const provider of providers) {
        const credit = (credits.get(provider.nodeId) ?? 0) + provider.offer.weight;
        credits.set(provider.nodeId, credit);
        total += provider.offer.weight;
        if (credit > bestCredit) {
          best = provider;
          bestCredit = credit;
        }
      }
      credits.set(best.nodeId, bestCredit - total);
      if (credits.size > 2 * providers.length) prune(credits, providers);
      return best;
    },
  };
}

function prune(credits: Map<NodeId, number>, providers: readonly Provider[]): void {
  const present = new Set(providers.map(({ nodeId }) => nodeId));
  for (const nodeId of credits.keys()) if (!present.has(nodeId)) credits.delete(nodeId);
}
