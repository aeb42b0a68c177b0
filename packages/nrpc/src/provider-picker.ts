import { type NodeId, type Random, shuffle } from "@selvage/core";
import type { Transport } from "@selvage/transport";
import type { Provider } from "./provider.ts";
import type { ProviderHealth } from "./provider-health.ts";
import type { Selector } from "./selection-policy.ts";

/**
 * How fit a provider looks: `usable` ones are picked from, `avoided` ones (served us badly lately)
 * only if there is no usable one, `silent` ones (no sign of life now) only if there is nothing else.
 */
export type Fitness = "usable" | "avoided" | "silent";

/** Puts the providers of a service into the order in which a call should try them. */
export class ProviderPicker {
  readonly #transport: Transport;
  readonly #health: ProviderHealth;
  readonly #random: Random;

  constructor(transport: Transport, health: ProviderHealth, random: Random) {
    this.#transport = transport;
    this.#health = health;
    this.#random = random;
  }

  /** How fit a provider looks now. */
  fitness(nodeId: NodeId): Fitness {
    const peer = this.#transport.peer(nodeId);
    if (peer !== undefined && (peer.isGoingAway || peer.state !== "responsive")) return "silent";
    return this.#health.share(nodeId) === 0 ? "avoided" : "usable";
  }

  /**
   * The providers in the order to try them: by fitness, then priority class; the policy chooses
   * the first within its class, the others follow at random.
   */
  order(service: string, providers: readonly Provider[], selector: Selector): Provider[] {
    const ordered: Provider[] = [];
    for (const fitness of ["usable", "avoided", "silent"] as const) {
      const fit = providers.filter(({ nodeId }) => this.fitness(nodeId) === fitness);
      const admitted = fitness === "usable" ? fit.filter((p) => this.#admits(p.nodeId)) : fit;
      for (const group of [admitted, fit.filter((p) => !admitted.includes(p))]) {
        for (const priority of classesOf(group)) {
          const equals = group.filter(({ offer }) => offer.priority === priority);
          const first = selector.select(service, equals);
          ordered.push(first, ...shuffle(this.#random, equals.filter((p) => p !== first)));
        }
      }
    }
    return ordered;
  }

  /** A provider that returns from a penalty gets its growing share of the picks. */
  #admits(nodeId: NodeId): boolean {
    const share = this.#health.share(nodeId);
    return share >= 1 || this.#random.next() < share;
  }
}

function classesOf(providers: readonly Provider[]): number[] {
  return [...new Set(providers.map(({ offer }) => offer.priority))].sort((a, b) => a - b);
}
