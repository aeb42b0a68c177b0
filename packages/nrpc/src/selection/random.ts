import { type Random, randomBetween } from "@selvage/core";

import type { Provider } from "./provider.ts";
import type { Selector } from "./selector.ts";

/** A random provider, by weight. */
export function createRandomSelector(random: Random): Selector {
  return { select: (_service, providers) => drawByWeight(random, providers) };
}

/** One of the providers, each as likely as its share of the weights. */
export function drawByWeight(random: Random, providers: readonly Provider[]): Provider {
  const total = providers.reduce((sum, { offer }) => sum + offer.weight, 0);
  let at = randomBetween(random, 0, total);
  for (const provider of providers) {
    at -= provider.offer.weight;
    if (at < 0) return provider;
  }
  return providers.at(-1) as Provider;
}
