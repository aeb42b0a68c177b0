import { type NodeId, type Random, shuffle } from "@selvage/core";
import type { Peer, Transport } from "@selvage/transport";

import type { ProviderBreakers } from "./provider-breakers.ts";
import type { ProviderHealth } from "./provider-health.ts";
import type { Provider } from "./provider.ts";
import { affinity, hashText } from "./rendezvous.ts";
import type { Selector } from "./selector.ts";

/**
 * How fit a provider looks, from best to worst. `usable` ones are picked from. One that is
 * `returning` from a penalty and was not drawn this time, and one that is `avoided` during it, only
 * if there is no usable one; `silent` ones (no sign of life now) only if there is nothing else; and
 * those whose breaker is `open` last of all.
 */
const fitness = { usable: 0, returning: 1, avoided: 2, silent: 3, open: 4 } as const;

type Fitness = (typeof fitness)[keyof typeof fitness];

/** Draws that are not for the policy. */
const RETURNING = 1;

/** How a provider is to be picked. */
export interface PickRules {
  readonly selector: Selector;
  /** What calls that belong together have in common. */
  readonly stickyKey: string | undefined;
  /** Otherwise silent and penalised providers are picked like others. */
  readonly filterUnhealthy: boolean;
}

/** What picking works with. */
export interface ProviderPickerParts {
  readonly transport: Pick<Transport, "peer">;
  readonly health: ProviderHealth;
  readonly breakers: Pick<ProviderBreakers, "isOpen">;
  readonly random: Random;
}

interface Ranked {
  readonly provider: Provider;
  readonly fitness: Fitness;
}

/** Puts the providers of a service into the order in which a call should try them. */
export class ProviderPicker {
  readonly #parts: ProviderPickerParts;

  constructor(parts: ProviderPickerParts) {
    this.#parts = parts;
  }

  /** Whether a provider shows no sign of life, or is leaving. */
  isSilent(nodeId: NodeId): boolean {
    const peer = this.#parts.transport.peer(nodeId);
    return peer !== undefined && (peer.isGoingAway || peer.state !== "responsive");
  }

  /** Whether the provider's breaker for the service is against a call now. */
  isOpen(service: string, nodeId: NodeId): boolean {
    return this.#parts.breakers.isOpen(service, nodeId);
  }

  /** The first of {@link order}: all that most calls need to know. */
  first(service: string, providers: readonly Provider[], rules: PickRules): Provider | undefined {
    let field: Provider[] = [];
    let fittest: Fitness = fitness.open;
    let priority = Number.POSITIVE_INFINITY;
    for (const provider of providers) {
      const own = this.#fitness(service, provider.nodeId, rules);
      const ownPriority = provider.offer.priority;
      if (own > fittest || (own === fittest && ownPriority > priority)) continue;
      if (own < fittest || ownPriority < priority) field = [];
      [fittest, priority] = [own, ownPriority];
      field.push(provider);
    }
    if (field.length < 2) return field[0];
    return rules.selector.select(service, field, rules.stickyKey);
  }

  /**
   * The providers to try, in order: the fittest in the best priority class, the first of them
   * chosen by the policy, then the rest. Silent ones, and those with an open breaker, are in the
   * list only if there are no better ones.
   */
  order(service: string, providers: readonly Provider[], rules: PickRules): Provider[] {
    const ranked = providers.map((provider) => ({
      provider,
      fitness: this.#fitness(service, provider.nodeId, rules),
    }));
    ranked.sort(byFitnessThenClass);
    const best = ranked[0];
    if (best === undefined) return [];
    const equals = ranked.filter((other) => byFitnessThenClass(best, other) === 0);
    const others = ranked.slice(equals.length).filter((one) => one.fitness < fitness.silent);
    const field = equals.map(({ provider }) => provider);
    const first =
      field.length === 1 ? best.provider : rules.selector.select(service, field, rules.stickyKey);
    return [
      first,
      ...shuffle(
        this.#parts.random,
        field.filter((provider) => provider !== first),
      ),
      ...others.map(({ provider }) => provider),
    ];
  }

  #fitness(service: string, nodeId: NodeId, rules: PickRules): Fitness {
    const { transport, health } = this.#parts;
    if (this.isOpen(service, nodeId)) return fitness.open;
    const peer = transport.peer(nodeId);
    if (isLeaving(peer)) return fitness.silent;
    if (!rules.filterUnhealthy) return fitness.usable;
    if (peer !== undefined && peer.state !== "responsive") return fitness.silent;
    const share = health.share(nodeId);
    if (share >= 1) return fitness.usable;
    if (share === 0) return fitness.avoided;
    return this.#draw(nodeId, rules) < share ? fitness.usable : fitness.returning;
  }

  /**
   * Whether a provider that returns from a penalty gets its share this time. Calls that belong
   * together return together, and once.
   */
  #draw(nodeId: NodeId, { stickyKey }: PickRules): number {
    if (stickyKey === undefined) return this.#parts.random.next();
    return affinity(hashText(stickyKey, RETURNING), nodeId);
  }
}

const isLeaving = (peer: Peer | undefined): boolean => peer?.isGoingAway === true;

function byFitnessThenClass(a: Ranked, b: Ranked): number {
  return a.fitness - b.fitness || a.provider.offer.priority - b.provider.offer.priority;
}
