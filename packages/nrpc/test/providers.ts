import { CapabilitySet } from "@selvage/capability-index";
import { deriveNodeId, Identity } from "@selvage/identity";

import type { Provider } from "../src/index.ts";
import type { Selector } from "../src/selection/selector.ts";

/** The n-th provider of the tests: the same in every run. */
export function provider(n: number, offer: Partial<Provider["offer"]> = {}): Provider {
  const { entityId } = Identity.fromSeed(new Uint8Array(32).fill(n));
  return {
    nodeId: deriveNodeId(entityId),
    entityId,
    bootId: "00".repeat(16),
    capabilities: CapabilitySet.empty,
    addresses: [`10.0.0.${n}:7000`],
    offer: { name: "greet", version: "1.0", priority: 0, weight: 1, ...offer },
  };
}

/** How often each provider is picked out of so many times. */
export function shares(
  selector: Selector,
  providers: readonly Provider[],
  picks: number,
): number[] {
  const counts = providers.map(() => 0);
  for (let i = 0; i < picks; i++) {
    const at = providers.indexOf(selector.select("greet", providers));
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return counts;
}
