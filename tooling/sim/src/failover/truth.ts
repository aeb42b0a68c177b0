import type { Simulation } from "@selvage/testing";

import type { ServiceName } from "./ledger.ts";
import type { Links } from "./links.ts";
import type { Machine } from "./machine.ts";
import { contracts } from "./services.ts";

/** How often the caller's list is looked at, in milliseconds. */
const LOOK_MS = 50;

/** Whom the truth is about. */
export interface TruthParts {
  readonly sim: Simulation;
  readonly links: Links;
  readonly caller: Machine;
  readonly providers: readonly Machine[];
}

/**
 * What an onlooker knows who sees everything: since when each provider has been listed at the
 * caller, well, and reachable both ways.
 */
export class Truth {
  readonly #parts: TruthParts;
  readonly #usableSince: Map<string, number> = new Map();

  constructor(parts: TruthParts) {
    this.#parts = parts;
  }

  /** Looks at once, and then every now and then until `untilMs`. */
  watch(untilMs: number): void {
    const { sim } = this.#parts;
    this.look();
    if (sim.now + LOOK_MS <= untilMs) sim.after(LOOK_MS, () => this.watch(untilMs));
  }

  /** Takes note of how things are now. */
  look(): void {
    const { sim, providers } = this.#parts;
    for (const provider of providers) {
      const { name } = provider;
      if (!this.isUsable(provider)) this.#usableSince.delete(name);
      else if (!this.#usableSince.has(name)) this.#usableSince.set(name, sim.now);
    }
  }

  /** Whether some provider has been usable for the last `ms`. */
  someUsableFor(ms: number): boolean {
    this.look();
    const latest = this.#parts.sim.now - ms;
    return [...this.#usableSince.values()].some((since) => since <= latest);
  }

  /** Whether a provider has been usable for the last `ms`. */
  isUsableFor(provider: Machine, ms: number): boolean {
    this.look();
    const since = this.#usableSince.get(provider.name);
    return since !== undefined && since <= this.#parts.sim.now - ms;
  }

  /** Whether a call that is made now could be answered. */
  isUsable(provider: Machine): boolean {
    const { links, caller } = this.#parts;
    return (
      caller.isWell &&
      provider.isWell &&
      links.isGood(caller.name, provider.name) &&
      isListed(caller, provider, "safe")
    );
  }
}

/** Whether a machine finds another one's service in its own index. */
export function isListed(at: Machine, provider: Machine, service: ServiceName): boolean {
  const found = at.mesh?.findProviders(contracts[service].name) ?? [];
  return found.some(({ nodeId }) => nodeId === provider.nodeId);
}
