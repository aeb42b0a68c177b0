import { deriveNodeId, Identity } from "@selvage/identity";

import type { Provider } from "../src/index.ts";

/** The n-th provider of the tests: the same in every run. */
export function provider(n: number, offer: Partial<Provider["offer"]> = {}): Provider {
  const { entityId } = Identity.fromSeed(new Uint8Array(32).fill(n));
  return {
    nodeId: deriveNodeId(entityId),
    entityId,
    bootId: "00".repeat(16),
    addresses: [`10.0.0.${n}:7000`],
    offer: { name: "greet", version: "1.0", priority: 0, weight: 1, ...offer },
  };
}
