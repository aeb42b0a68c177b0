import { type NodeId, type Random, randomBetween } from "@selvage/core";

import type { Provider } from "./provider.ts";

/** How a provider is chosen among equals. */
export type SelectionPolicy = "round-robin" | "random";

/** Chooses among providers of one class; the list is never empty. */
export interface Selector {
  select(service: string, providers: readonly Provider[]): Provider;
}

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

/** A random provider, by weight. */
export function createRandomSelector(random: Random): Selector {
  return {
    select(_service, providers) {
      const total = providers.reduce((sum, { offer }) => sum + offer.weight, 0);
      let at = randomBetween(random, 0, total);
      for (const provider of providers) {
        at -= provider.offer.weight;
        if (at < 0) return provider;
      }
      return providers.at(-1) as Provider;
    },
  };
}

function prune(credits: Map<NodeId, number>, providers: readonly Provider[]): void {
  const present = new Set(providers.map(({ nodeId }) => nodeId));
  for (const nodeId of credits.keys()) if (!present.has(nodeId)) credits.delete(nodeId);
}
