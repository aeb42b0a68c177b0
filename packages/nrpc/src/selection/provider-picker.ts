import { type NodeId, type Random, shuffle } from "@selvage/core";
import type { Transport } from "@selvage/transport";

import type { ProviderHealth } from "./provider-health.ts";
import type { Provider } from "./provider.ts";
import type { Selector } from "./selection-policy.ts";

/**
 * How fit a provider looks: `usable` ones are picked from; one that is `returning` from a penalty
 * and was not drawn this time, and one that is `avoided` during it, only if there is no usable one;
 * `silent` ones (no sign of life now) only if there is nothing else.
 */
export type Fitness = "usable" | "returning" | "avoided" | "silent";

const ranks: Readonly<Record<Fitness, number>> = { usable: 0, returning: 1, avoided: 2, silent: 3 };

interface Ranked {
  readonly provider: Provider;
  readonly fitness: Fitness;
}

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

  /** Whether a provider shows no sign of life, or is leaving. */
  isSilent(nodeId: NodeId): boolean {
    const peer = this.#transport.peer(nodeId);
    return peer !== undefined && (peer.isGoingAway || peer.state !== "responsive");
  }

  /**
   * The providers to try, in order: the fittest in the best priority class, the first of them
   * chosen by the policy, then the rest. Silent ones are in the list only if all are.
   */
  order(service: string, providers: readonly Provider[], selector: Selector): Provider[] {
    const ranked = providers.map((provider) => ({
      provider,
      fitness: this.#fitness(provider.nodeId),
    }));
    ranked.sort(byFitnessThenClass);
    const best = ranked[0];
    if (best === undefined) return [];
    const equals = ranked.filter((other) => byFitnessThenClass(best, other) === 0);
    const others = ranked.slice(equals.length).filter(({ fitness }) => fitness !== "silent");
    const field = equals.map(({ provider }) => provider);
    const first = field.length === 1 ? best.provider : selector.select(service, field);
    return [
      first,
      ...shuffle(
        this.#random,
        field.filter((provider) => provider !== first),
      ),
      ...others.map(({ provider }) => provider),
    ];
  }

  /** Draws whether a provider that returns from a penalty gets its share this time. */
  #fitness(nodeId: NodeId): Fitness {
    if (this.isSilent(nodeId)) return "silent";
    const share = this.#health.share(nodeId);
    if (share >= 1) return "usable";
    if (share === 0) return "avoided";
    return this.#random.next() < share ? "usable" : "returning";
  }
}

function byFitnessThenClass(a: Ranked, b: Ranked): number {
  return (
    ranks[a.fitness] - ranks[b.fitness] || a.provider.offer.priority - b.provider.offer.priority
  );
}
